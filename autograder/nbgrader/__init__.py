"""What makes stock nbgrader grade with our suites: a course, its configuration and the plug-ins that it names.

`course.py` writes the course; its `nbgrader_config.py` calls `configuration.py`. In `nbgrader autograde`,
`submitted.py` reads what a student handed in, `restore.py` brings the notebook back to its released shape, and
`grades.py` fills the grade cells with what `store.py` finds among the finished results, or gets from a process of its
own (`grade_one.py`); after `autograder grade COURSE` there is nothing left to grade. `pages.py` makes the pages of
feedback and formgrader safe to open.
"""
