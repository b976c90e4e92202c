"""Subtracts from the queries that it was given."""
# points at: modified in place


def squared_euclidean(queries, prototypes):
    columns = []
    for prototype in prototypes:
        queries -= prototype
        columns.append(queries.square().sum(dim=1))
        queries += prototype
    queries -= 0.5
    return torch.stack(columns, dim=1)
