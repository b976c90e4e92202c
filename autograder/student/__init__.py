"""What a student runs: `check`, `hint`, `watch`, the cells of the notebooks. It looks at stages as the grader will."""
