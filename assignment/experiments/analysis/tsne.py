"""Embeddings as a map: points of a plane that are near where the embeddings are.

t-SNE (van der Maaten and Hinton 2008): a point's neighbours are chosen with probabilities that fall with the distance,
p in the space of the embeddings and q in the plane; the plane's points move until q is like p. What is near on the map
was near before; how far apart groups lie means little. So a report also says in how many cases the nearest neighbour,
among the embeddings themselves, is of the same class.
"""

from __future__ import annotations

import torch
from torch import Tensor


def principal_components(points: Tensor) -> Tensor:
    """Projects points (N, D) on the two directions in which they vary most: (N, 2)."""
    centred = points.double() - points.double().mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]  # (2, D)
    return (centred @ directions.T).float()


@torch.no_grad()
def tsne(points: Tensor, perplexity: float = 20.0, n_steps: int = 500) -> Tensor:
    """Maps points (N, D) to the plane: (N, 2). It compares all pairs, so N should be some hundreds; nothing is random.

    Args:
        points: (N, D).
        perplexity: how many neighbours a point has, more or less; at most a third of the others.
        n_steps: of gradient descent.
    """
    n = len(points)
    if n < 5:
        return torch.nn.functional.pad(principal_components(points), (0, 1))[:, :2]
    p = _neighbour_probabilities(points.float(), min(perplexity, (n - 1) / 3))
    p = ((p + p.T) / (2 * n)).clamp(min=1e-12)
    plane = principal_components(points)
    plane = 1e-4 * plane / plane[:, 0].std().clamp(min=1e-12)
    velocity, gains = torch.zeros_like(plane), torch.ones_like(plane)
    rate = max(n / 48, 50.0)
    for step in range(n_steps):
        early = step < n_steps // 4  # pulled together harder at first, so that groups find each other
        weight = 1 / (1 + torch.cdist(plane, plane).square())  # (N, N)
        weight.fill_diagonal_(0)
        q = (weight / weight.sum()).clamp(min=1e-12)
        pull = ((12 if early else 1) * p - q) * weight
        gradient = 4 * (pull.sum(dim=1, keepdim=True) * plane - pull @ plane)
        gains = torch.where(gradient.sign() == velocity.sign(), gains * 0.8, gains + 0.2).clamp(min=0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * gradient
        plane = plane + velocity
    return plane - plane.mean(dim=0)


def _neighbour_probabilities(points: Tensor, perplexity: float) -> Tensor:
    """Returns (N, N): the row of a point holds Gaussian weights of the others, as wide as gives it the perplexity."""
    distances = torch.cdist(points, points).square()
    distances = distances / distances.mean().clamp(min=1e-12)
    itself = torch.eye(len(points), dtype=torch.bool)
    low, high = torch.full((len(points), 1), -20.0), torch.full((len(points), 1), 20.0)  # of the logarithmic precision
    for _ in range(40):
        middle = (low + high) / 2
        logits = (-distances * middle.exp()).masked_fill(itself, -torch.inf)
        p = logits.softmax(dim=1)
        entropy = -(p * p.clamp(min=1e-30).log()).sum(dim=1, keepdim=True)
        too_wide = entropy > torch.tensor(perplexity).log()
        low, high = torch.where(too_wide, middle, low), torch.where(too_wide, high, middle)
    return p


def same_class_nearest(points: Tensor, labels: Tensor) -> float:
    """Returns for how many of the points (N, D) the nearest other one has the same label (N,), as a fraction."""
    distances = torch.cdist(points.float(), points.float()).fill_diagonal_(torch.inf)
    return (labels[distances.argmin(dim=1)] == labels).float().mean().item()
