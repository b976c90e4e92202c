"""What a student runs: `check`, `watch` and the cells of the notebooks. It looks at stages as the grader will."""
