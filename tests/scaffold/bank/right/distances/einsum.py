"""Sums products of differences with einsum."""


def squared_euclidean(queries, prototypes):
    difference = queries[:, None, :] - prototypes[None, :, :]
    return torch.einsum("mnd,mnd->mn", difference, difference)
