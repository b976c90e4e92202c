"""The two experiments of the assignment, run with whatever `stages` is first on the path: a student's or the reference.

    PYTHONPATH=assignment python -m experiments protonet --preset cpu --data-root .data

Read `protonet.py` or `simclr.py` first: each holds its configuration, its presets and the run from top to bottom. The
other files serve them: `data.py` reads the data sets, `run.py` keeps what a run leaves behind (configuration, metrics,
checkpoints), `evaluation.py` and `classify.py` measure, `exhibits.py`, `figures.py` and `report.py` show;
`python -m experiments report runs/cpu` draws the pages of finished runs again.
"""
