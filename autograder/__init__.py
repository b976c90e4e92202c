"""The grader of the assignment: the student's `check`, the instructor's grading, and what releases the handout.

Start at `rubric.py` (the table of stages), then `runner/` (how one suite meets one submission). A handout has `student/`
and `runner/` and, of `submissions/`, the reading of a folder. `tests/scaffold/test_boundaries.py` says who imports whom.
"""
