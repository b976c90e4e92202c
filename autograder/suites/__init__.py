"""The hidden suites: one `test_<stage>.py` per stage, ordinary pytest that asks through the `student` fixture."""
