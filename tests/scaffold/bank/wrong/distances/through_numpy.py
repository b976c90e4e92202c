"""Computes in NumPy."""
# points at: no gradient reaches


def squared_euclidean(queries, prototypes):
    q, c = queries.detach().numpy(), prototypes.detach().numpy()
    return torch.from_numpy(((q[:, None] - c[None]) ** 2).sum(2))
