"""One softmax over the whole matrix."""
# points at: 2B - 1 others


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    scores = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    positive = (torch.arange(2 * n) + n) % (2 * n)
    return -scores.flatten().log_softmax(dim=0).view(2 * n, 2 * n)[torch.arange(2 * n), positive].mean()
