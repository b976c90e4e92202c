"""Fills the diagonal of the cosines with -10 before the division: at t = 3 that still counts."""
# points at: temperature
# mistake: diagonal_set_to_zero


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    cosines = (z @ z.T).fill_diagonal_(-10.0)
    return F.cross_entropy(cosines / temperature, torch.arange(2 * n).roll(n))
