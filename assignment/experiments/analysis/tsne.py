"""Embeddings as a map: points of a plane that are near where the embeddings are.

t-SNE (van der Maaten and Hinton 2008) keeps neighbours together: what is near on the map was near before, but how far
apart groups lie means little. So a report also says how often the nearest neighbour, among the embeddings themselves,
is of the same class.
"""

from __future__ import annotations

import torch
from torch import Tensor


def tsne(points: Tensor, perplexity: float = 20.0) -> Tensor:
    """Maps points (N, D), N > 1, to the plane: (N, 2) float32. The same points always give the same map.

    Args:
        points: (N, D) floating, on the CPU.
        perplexity: roughly how many neighbours a point has; at most a third of the others.
    """
    from sklearn.manifold import TSNE  # takes a second to import, and nothing else needs it

    # Not from their principal components, scikit-learn's default: embeddings that are all equal have none.
    mapping = TSNE(perplexity=min(perplexity, (len(points) - 1) / 3), init="random", random_state=0)
    return torch.from_numpy(mapping.fit_transform(points.float().numpy()))


def same_class_nearest(points: Tensor, labels: Tensor) -> float:
    """Returns the fraction of the points (N, D) whose nearest other point has the same label (N,)."""
    distances = torch.cdist(points.float(), points.float()).fill_diagonal_(torch.inf)  # (N, N)
    return (labels[distances.argmin(dim=1)] == labels).float().mean().item()
