"""Takes the largest of each value."""
# points at: mean runs over


def compute_prototypes(support):
    return support.amax(dim=1)
