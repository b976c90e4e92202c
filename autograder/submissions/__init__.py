"""Untrusted files, read safely: what is graded of them, why nothing is, and the collection of a class."""
