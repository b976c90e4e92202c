"""Expands the square, which cancels for large vectors."""
# points at: subtract first


def squared_euclidean(queries, prototypes):
    return queries.square().sum(1)[:, None] - 2 * queries @ prototypes.T + prototypes.square().sum(1)[None]
