"""Takes the root and squares it again."""
# points at: a root has an infinite slope


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes[None]).square().sum(dim=2).sqrt().square()
