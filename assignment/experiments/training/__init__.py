"""A run and what it builds on: its folder, checkpoints, command line, optimisers, several processes, progress, memory.

Begin with `run.py`. Nothing here knows what is trained, and nothing here imports another package of the experiments.
"""
