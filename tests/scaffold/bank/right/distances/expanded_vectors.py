"""Expands both to (M, N, D) first."""


def squared_euclidean(queries, prototypes):
    m, n, d = queries.size(0), prototypes.size(0), queries.size(1)
    x, y = queries.unsqueeze(1).expand(m, n, d), prototypes.unsqueeze(0).expand(m, n, d)
    return torch.pow(x - y, 2).sum(2)
