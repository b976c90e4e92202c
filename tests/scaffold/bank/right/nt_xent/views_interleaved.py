"""The two views of an image beside each other, rows 2i and 2i + 1, as algorithm 1 numbers them."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    z = F.normalize(torch.stack([z1, z2], dim=1).flatten(0, 1), dim=1)
    scores = z.matmul(z.mT).div(temperature)
    scores = scores.masked_fill(torch.eye(len(z)).bool(), -1e9)
    return F.nll_loss(scores.log_softmax(dim=1), torch.arange(len(z)) ^ 1)
