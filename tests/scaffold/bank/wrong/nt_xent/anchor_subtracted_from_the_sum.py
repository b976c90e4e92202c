"""Sums over everything and takes exp(1/t) off again for the anchor itself: at small t nothing of the rest is left."""
# points at: finite
# mistake: softmax_without_care


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    first, second = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    z = torch.cat([first, second])
    weights = torch.exp(z @ z.T / temperature)
    others = weights.sum(dim=1) - math.exp(1 / temperature)
    positive = torch.exp((first * second).sum(dim=1) / temperature).repeat(2)
    return -torch.log(positive / others).mean()


import math
