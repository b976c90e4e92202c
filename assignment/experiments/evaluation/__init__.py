"""How good a network is, in numbers: few-shot accuracy, nearest neighbours, classifiers, accuracy by number of labels.

They take networks, images and labels, whoever trained them; what has to resume after Ctrl-C is a phase of a run.
"""
