"""How stock nbgrader grades with our suites: the configuration of a course, and the plug-ins that it names.

`autograder course` writes a course, whose `nbgrader_config.py` calls `config.py`. In `nbgrader autograde`,
`submission.py` reads what a student handed in, `restore_notebook.py` restores the notebook to its released shape,
and `grade_cells.py` fills the grade cells with what `record.py` finds among the finished results, or gets from a
process of its own (`grade_process.py`); after `autograder grade COURSE` there is nothing left to grade. `sanitize.py`
makes the pages of feedback and formgrader safe to open, `gradebook.py` reads the scores.
"""
