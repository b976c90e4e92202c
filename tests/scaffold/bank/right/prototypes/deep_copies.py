"""Copies what it was given, by copy and by pickle, before it computes."""

import copy
import io
import pickle


def compute_prototypes(support):
    n = copy.deepcopy(support.detach()).shape[1]
    weights = pickle.loads(pickle.dumps(torch.full((n,), 1 / n, dtype=support.dtype)))
    buffer = io.BytesIO()
    torch.save({"weights": weights}, buffer)
    buffer.seek(0)
    return torch.tensordot(support, torch.load(buffer)["weights"], dims=([1], [0]))
