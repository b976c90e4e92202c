"""Grading a submission with the hidden suites.

`student.py` is what a hidden test holds, `workbench.py` is the side that runs a submission's code, `props.py` are the
things a test may hand to it.
"""
