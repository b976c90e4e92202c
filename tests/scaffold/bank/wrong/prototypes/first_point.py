"""Takes the first support point."""
# points at: mean runs over a class's support points


def compute_prototypes(support):
    return support[:, 0]
