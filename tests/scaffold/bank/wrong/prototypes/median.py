"""Takes the median of each value."""
# points at: no median


def compute_prototypes(support):
    return support.median(dim=1).values
