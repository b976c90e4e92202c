"""Gives every class the mean of all points."""
# points at: a class's support points


def compute_prototypes(support):
    return support.mean(dim=(0, 1)).expand(len(support), -1)
