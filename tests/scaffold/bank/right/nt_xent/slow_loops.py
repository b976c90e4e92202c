"""Slow but legal: every similarity on its own, and half a second of arithmetic at import."""

_WARM_UP = sum(i % 7 for i in range(8_000_000))


def _cosine(u, v):
    lengths = u.norm().clamp(min=1e-8) * v.norm().clamp(min=1e-8)
    return torch.dot(u, v) / lengths


def nt_xent_loss(z1, z2, temperature=0.5):
    views = list(z1) + list(z2)
    n = len(z1)
    losses = []
    for i, anchor in enumerate(views):
        scores = [_cosine(anchor, other) / temperature for k, other in enumerate(views) if k != i]
        partner = (i + n) % (2 * n)
        positive = scores[partner - (partner > i)]
        losses.append(torch.logsumexp(torch.stack(scores), dim=0) - positive)
    return sum(losses) / len(losses)
