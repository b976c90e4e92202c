"""The length is treated as a constant in the gradient."""
# points at: through the normalisation


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = torch.cat([z1, z2])
    z = z / z.detach().norm(dim=1, keepdim=True).clamp_min(1e-12)
    scores = z @ z.T / temperature
    scores = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    positive = (torch.arange(2 * n) + n) % (2 * n)
    return F.cross_entropy(scores, positive)
