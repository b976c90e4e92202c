"""Untrusted files, read safely: `discovery.py` finds a class's submissions, `folder.py` and `archive.py` read them.

Both go by `allowlist.py`. `near_names.py` says why nothing is graded, `collect.py` makes one folder per student.
"""
