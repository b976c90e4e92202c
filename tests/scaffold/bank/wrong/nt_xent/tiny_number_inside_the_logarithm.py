"""Adds 1e-8 inside the logarithm, so that no anchor ever costs more than 18.4."""
# points at: add nothing inside the logarithm


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    p = torch.softmax(scores, dim=1)
    positive = torch.cat([p.diagonal(n), p.diagonal(-n)])
    return -torch.log(positive + 1e-8).mean()
