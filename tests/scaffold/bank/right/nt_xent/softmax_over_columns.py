"""The softmax runs over the columns: the matrix is symmetric, and so are the pairs."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = torch.nn.functional.normalize(torch.vstack((z1, z2)))
    scores = z @ z.T / temperature
    scores = scores + torch.diag(torch.full((2 * n,), -1e30, dtype=z.dtype))
    log_p = scores.log_softmax(dim=0)
    picked = torch.cat([torch.diagonal(log_p, n), torch.diagonal(log_p, -n)])
    return -picked.mean()
