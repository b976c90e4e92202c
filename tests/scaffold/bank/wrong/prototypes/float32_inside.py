"""Computes in float32."""


def compute_prototypes(support):
    return support.float().mean(dim=1).to(support.dtype)
