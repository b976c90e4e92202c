"""What only a student's machine does: it looks at stages the way the grader will."""
