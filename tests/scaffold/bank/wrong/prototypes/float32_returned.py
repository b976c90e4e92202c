"""Returns float32 whatever comes in."""


def compute_prototypes(support):
    return support.mean(dim=1).float()
