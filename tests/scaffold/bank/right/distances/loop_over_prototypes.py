"""Stacks a column for each prototype."""


def squared_euclidean(queries, prototypes):
    return torch.stack([((queries - prototype) ** 2).sum(-1) for prototype in prototypes], dim=1)
