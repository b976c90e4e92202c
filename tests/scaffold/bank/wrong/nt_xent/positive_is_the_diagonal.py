"""Every anchor's target is its own index, as if the views of one half were classified."""
# points at: positive


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    positive = torch.arange(2 * n)
    return F.cross_entropy(scores, positive)
