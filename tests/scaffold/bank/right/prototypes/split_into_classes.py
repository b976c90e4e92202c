"""Collects the means of torch.unbind in a list, as episodes written with loops do."""


def compute_prototypes(support):
    n_support = support.shape[1]
    return torch.stack([sum(members.unbind(0)) / n_support for members in support.unbind(0)], dim=0)
