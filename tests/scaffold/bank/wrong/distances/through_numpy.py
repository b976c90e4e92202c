"""Computes in NumPy."""
# points at: no gradient reaches
# mistake: without_gradients


def squared_euclidean(queries, prototypes):
    q, c = queries.detach().numpy(), prototypes.detach().numpy()
    return torch.from_numpy(((q[:, None] - c[None]) ** 2).sum(2))
