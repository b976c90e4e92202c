"""Divides by the length plus 1e-8, as many do against a division by 0."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = z1.shape[0]
    z = torch.cat((z1, z2), dim=0)
    z = z / (z.norm(dim=1, keepdim=True) + 1e-8)
    scores = torch.mm(z, z.t()) / temperature
    scores = scores.masked_fill(torch.eye(2 * n, device=z.device).bool(), float("-inf"))
    target = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    return F.cross_entropy(scores, target)
