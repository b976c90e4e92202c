"""Warns, prints to both streams, and flushes."""

import sys
import warnings


def nt_xent_loss(z1, z2, temperature=0.5):
    if temperature < 0.1:
        warnings.warn("this temperature is low", UserWarning, stacklevel=2)
    warnings.warn("nt_xent_loss may be removed in version 2.0", DeprecationWarning)
    print("batch", len(z1), "temperature", temperature, file=sys.stderr, flush=True)
    n = len(z1)
    z = F.normalize(torch.cat([z1, z2], 0), dim=1)
    scores = (z @ z.mT) / temperature
    scores = scores - torch.diag(torch.full((2 * n,), torch.inf, dtype=z.dtype))
    print(scores)
    log_p = scores.log_softmax(dim=1)
    loss = -(log_p.diagonal(n).sum() + log_p.diagonal(-n).sum()) / (2 * n)
    sys.stdout.flush()
    return loss
