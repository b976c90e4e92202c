"""Takes the median of each value."""
# points at: not a sum or a median


def compute_prototypes(support):
    return support.median(dim=1).values
