"""Moves the caller's vectors to the origin first."""
# points at: modified in place
# mistake: subtracts_in_place


def squared_euclidean(queries, prototypes):
    centre = prototypes.mean(dim=0)
    queries -= centre
    prototypes -= centre
    return (queries[:, None] - prototypes[None]).square().sum(dim=2)
