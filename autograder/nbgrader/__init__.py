"""What makes stock nbgrader grade with our suites: a course, its configuration and the plug-ins that it names.

`course.py` writes the course; its `nbgrader_config.py` calls `configuration.py`. In `nbgrader autograde`,
`submitted.py` reads what a student handed in, `restore.py` brings the notebook back to its released shape, and
`grades.py` fills the grade cells with what `store.py` got from the suites. `pages.py` makes the pages of feedback and
formgrader safe to open.
"""
