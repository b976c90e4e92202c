"""Fills the matrix entry by entry."""


def squared_euclidean(queries, prototypes):
    result = queries.new_zeros(len(queries), len(prototypes))
    for i, q in enumerate(queries):
        for j, c in enumerate(prototypes):
            result[i, j] = torch.sum((q - c) ** 2)
    return result
