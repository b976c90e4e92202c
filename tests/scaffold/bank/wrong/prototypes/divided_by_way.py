"""Divides by the number of classes."""
# points at: 0.75 times


def compute_prototypes(support):
    return support.sum(dim=1) / support.shape[0]
