"""How a suite meets a submission, for everything that grades.

`run.py` is the entry. Each stage's tests run in a process of their own (`child.py`, `pytest_plugin.py`), which comes
out of a warm one (`forkserver.py`) and is listened to from outside (`monitor.py`); `results.py` says what came of it.
"""
