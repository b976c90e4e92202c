"""CLIP's loss: only the views of the other half are compared."""
# points at: 2B - 1


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    u, v = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    scores = u @ v.T / temperature
    target = torch.arange(len(z1))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2
