"""The positive is not in the denominator (as in later papers)."""
# points at: positive stay in the sum


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    positive = (torch.arange(2 * n) + n) % (2 * n)
    positives = scores[torch.arange(2 * n), positive]
    out = torch.eye(2 * n, dtype=torch.bool)
    out[torch.arange(2 * n), positive] = True
    negatives = scores.masked_fill(out, -torch.inf)
    return (torch.logsumexp(negatives, dim=1) - positives).mean()
