"""Normalises the caller's tensors in place."""
# points at: modified in place


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    z1.div_(z1.norm(dim=1, keepdim=True).clamp_min(1e-12))
    z2.div_(z2.norm(dim=1, keepdim=True).clamp_min(1e-12))
    n = len(z1)
    z = torch.cat([z1, z2])
    scores = z @ z.T / temperature
    scores = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    positive = (torch.arange(2 * n) + n) % (2 * n)
    return F.cross_entropy(scores, positive)
