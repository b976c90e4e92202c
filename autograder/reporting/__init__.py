"""Pages about a class and a run."""
