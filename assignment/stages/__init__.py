"""The stages of the assignment, in the order in which to write them.

Prototypical Networks: `omniglot`, `episodes`, `protonet`, and the first function of `report`.
SimCLR: `simclr`, `linear_eval`, and the rest of `report`.
"""
