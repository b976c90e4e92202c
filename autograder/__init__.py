"""The grader of the assignment: the student's `check`, the instructor's grading, and what releases the handout.

Start at `rubric.py` (the table of stages), then `runner/` (how one suite meets one submission). A handout has
`student/`, `runner/` and, of `submissions/`, the reading of a folder; who may import whom is proved in
`tests/scaffold/test_boundaries.py`.
"""
