"""The stages of the assignment, in the order in which to write them.

Prototypical Networks: `omniglot`, `episodes`, `protonet`, and the first function of `report`.
SimCLR: `simclr`, `linear_eval`, and the rest of `report`.

Only stages/*.py are handed in. They may import Python's own library, each other (`from stages.simclr import SimCLR`),
and torch, torchvision, numpy, matplotlib, PIL (Pillow), kornia, tqdm and typing_extensions. There is no network, no GPU
and no other file at grading, and a `DataLoader` needs `num_workers=0`. `make check` warns of what the grader lacks.
"""
