"""Takes the first support point."""


def compute_prototypes(support):
    return support[:, 0]
