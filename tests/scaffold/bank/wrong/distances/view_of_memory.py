"""Uses view, which asks for contiguous memory."""
# points at: reshape


def squared_euclidean(queries, prototypes):
    m, n, d = len(queries), len(prototypes), queries.shape[1]
    return (queries.view(m * d).view(m, 1, d) - prototypes.view(n * d).view(1, n, d)).square().sum(dim=2)
