"""Drops dimensions of length one."""
# points at: squeeze()


def compute_prototypes(support):
    return support.mean(dim=1).squeeze()
