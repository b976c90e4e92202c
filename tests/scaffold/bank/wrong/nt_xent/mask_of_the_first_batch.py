"""Makes its mask at the first call and keeps it, so that a batch of another size does not fit."""
# points at: match

_mask = None


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    global _mask
    n = len(z1)
    if _mask is None:
        _mask = torch.eye(2 * n, dtype=torch.bool)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).masked_fill(_mask, -torch.inf)
    return F.cross_entropy(scores, torch.arange(2 * n).roll(n))
