"""The targets of the second half are those of the first: both halves point to the second."""
# points at: positive


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    scores = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -1e4)
    positive = torch.arange(n, 2 * n).repeat(2)
    return F.cross_entropy(scores, positive)
