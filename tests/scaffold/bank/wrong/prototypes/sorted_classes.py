"""Returns the prototypes in the order of their first value."""
# points at: row k


def compute_prototypes(support):
    prototypes = support.mean(dim=1)
    return prototypes[prototypes[:, 0].argsort()]
