"""Goes through complex numbers and forgets to come back: the real part is right."""
# points at: real numbers


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    loss = F.cross_entropy(scores, torch.arange(2 * n).roll(n))
    return torch.complex(loss, torch.zeros_like(loss))
