"""Squares and sums by hand, then takes the root: the distance, not its square."""
# mistake: rooted
# points at: no root


def squared_euclidean(queries, prototypes):
    difference = queries.unsqueeze(1) - prototypes.unsqueeze(0)
    return torch.sqrt(difference.pow(2).sum(dim=-1))
