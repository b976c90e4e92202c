"""Equation 1 in a loop over the anchors."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    views = torch.cat([z1, z2])
    count = len(views)
    losses = []
    for i in range(count):
        j = (i + len(z1)) % count
        others = [k for k in range(count) if k != i]
        scores = F.cosine_similarity(views[i][None], views, dim=1) / temperature
        losses.append(torch.logsumexp(scores[others], dim=0) - scores[j])
    return torch.stack(losses).mean()
