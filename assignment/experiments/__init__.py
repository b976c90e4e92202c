"""The two experiments of the assignment, run with whatever `stages` is first on the path: a student's or the reference.

    PYTHONPATH=assignment python -m experiments protonet --preset cpu --data-root .data

Read `protonet.py` or `simclr.py` first, from top to bottom: each holds its configuration, its presets and the run. The
folders serve them:

    data/          reads the data sets and samples from them
    evaluation/    measures, in numbers
    analysis/      examines what a trained network does, and keeps it with the run
    training/      the run's folder, checkpoints, command line, optimisers, several processes
    reports/       draws the pages, from a run's folder alone: `python -m experiments report runs/cpu`
    acceleration/  the same results in less time on a CPU
"""
