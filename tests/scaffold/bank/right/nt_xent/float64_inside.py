"""Computes in float64 and returns the dtype of the input; exp after taking off the maximum."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    dtype = z1.dtype
    z = torch.cat([z1, z2]).double()
    z = z / torch.sqrt((z ** 2).sum(dim=1, keepdim=True) + 1e-30)
    scores = torch.mm(z, z.t()) / temperature
    scores = scores - scores.max().detach()
    weights = torch.exp(scores) * (1 - torch.eye(len(z)))
    n = z1.size(0)
    partner = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    numerator = scores.gather(1, partner[:, None])[:, 0]
    loss = weights.sum(dim=1).log() - numerator
    return loss.mean().to(dtype)
