"""Squares and sums its own tensor of differences in place."""


def squared_euclidean(queries, prototypes):
    with torch.no_grad():
        shape = (queries - prototypes[:1]).shape
    difference = queries.unsqueeze(1).repeat(1, len(prototypes), 1)
    difference -= prototypes
    difference.pow_(2)
    total = difference.new_zeros(shape[0], len(prototypes))
    total += difference.sum(-1)
    return total
