"""Returns float64 whatever comes in."""
# points at: dtype from the input


def compute_prototypes(support):
    return support.double().mean(dim=1)
