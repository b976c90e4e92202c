"""Sums with einsum and divides."""


def compute_prototypes(support):
    return torch.einsum("ksd->kd", support) / support.shape[1]
