"""cosine_similarity of all pairs, logsumexp, a mask of -inf by fill_diagonal_."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    views = torch.cat([z1, z2], dim=0)
    scores = F.cosine_similarity(views[:, None], views[None], dim=-1) / temperature
    positives = torch.cat([scores.diagonal(len(z1)), scores.diagonal(-len(z1))])
    return (scores.fill_diagonal_(-torch.inf).logsumexp(dim=1) - positives).mean()
