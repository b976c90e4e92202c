"""The trusted side of hidden grading: what asks a worker, compares its answers, and keeps bounds of its own."""
