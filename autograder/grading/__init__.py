"""A class: `grade.py` grades one submission, `scheduler.py` all of them, and `results_store.py` keeps what is finished.

`session.py` is what one run holds while it goes on.
"""
