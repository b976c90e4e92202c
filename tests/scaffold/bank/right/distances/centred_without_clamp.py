"""Expands the square about the centre in float64 and does not clamp: what rounds may be a little below 0."""


def squared_euclidean(queries, prototypes):
    centre = prototypes.double().mean(dim=0, keepdim=True)
    q, c = queries - centre, prototypes - centre
    squares = q.pow(2).sum(1)[:, None] + c.pow(2).sum(1)[None] - 2 * q @ c.t()
    return squares.type_as(queries)
