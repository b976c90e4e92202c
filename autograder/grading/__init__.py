"""Grading a class: `grade.py` grades one submission, `scheduler.py` all of them, `results_store.py` keeps the results.

`records.py` has the types of the results, `session.py` what one run holds while it lasts.
"""
