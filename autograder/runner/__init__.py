"""How a suite meets a submission, for everything that grades.

`run.py` is the entry. Each stage's tests run in a process of their own (`child.py`, `pytest_plugin.py`), which is
forked from a warm one (`forkserver.py`) and listened to from outside (`monitor.py`); `results.py` has the outcome.
"""
