"""The data sets in their official layouts under one folder, read once and kept in memory.

<data root>/omniglot-py/images_background/<alphabet>/character<NN>/*.png
<data root>/omniglot-py/images_evaluation/…
<data root>/omniglot-py/splits/vinyals/{train,val,trainval,test}.txt     (optional: the split of the papers)
<data root>/cifar-10-batches-py/{data_batch_1 … 5, test_batch}

`root.py` finds the folder, `omniglot.py` and `cifar10.py` read it, `distortion.py` and `subsets.py` work on what was
read.
"""
