"""Keeps masks and targets by batch size in a dictionary of the module."""

import functools

_MASKS = {}


@functools.lru_cache(maxsize=None)
def _targets(n):
    return tuple(range(n, 2 * n)) + tuple(range(n))


def nt_xent_loss(z1, z2, temperature=0.5):
    n = z1.size(0)
    if n not in _MASKS:
        _MASKS[n] = torch.eye(2 * n).bool()
    z = F.normalize(torch.vstack([z1, z2]), dim=-1)
    logits = torch.mm(z, z.t()).div(temperature)
    logits[_MASKS[n]] = -torch.inf
    return F.cross_entropy(logits, torch.tensor(_targets(n)))
