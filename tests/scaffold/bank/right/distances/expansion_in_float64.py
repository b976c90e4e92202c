"""Expands the square in float64."""


def squared_euclidean(queries, prototypes):
    q, c = queries.double(), prototypes.double()
    squares = (q * q).sum(1, keepdim=True) - 2 * q @ c.t() + (c * c).sum(1)
    return squares.clamp(min=0).to(queries.dtype)
