"""Compares the queries with themselves."""
# points at: got (7, 7)


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - queries[None]).square().sum(dim=2)
