"""k-nearest-neighbour accuracy: how good a representation is, in seconds after any epoch, without training anything.

A photograph gets the class for which its nearest labelled neighbours vote, nearer ones with more weight (Wu et al.
2018, arXiv 1805.01978, section 3.4, who take k = 200 neighbours and a temperature of 0.07; 0.1 is as common).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.data.subsets import balanced, to_float


def knn_accuracy(
    bank: Tensor,
    bank_labels: Tensor,
    queries: Tensor,
    query_labels: Tensor,
    n_neighbours: int = 200,
    temperature: float = 0.1,
) -> float:
    """Classifies features by their nearest neighbours in a bank of labelled ones.

    Args:
        bank: (N, D) floating.
        bank_labels: (N,) int64 in 0, …, C-1.
        queries: (M, D) floating.
        query_labels: (M,) int64 in 0, …, C-1.
        n_neighbours: k; all of the bank where it has fewer.
        temperature: t: a neighbour at the cosine similarity s has a vote of exp(s / t).

    Returns:
        The fraction of queries whose class has the largest sum of votes.
    """
    similarity = F.normalize(queries, dim=1) @ F.normalize(bank, dim=1).T  # (M, N)
    nearest, index = similarity.topk(min(n_neighbours, len(bank)), dim=1)  # (M, k)
    n_classes = int(max(bank_labels.max(), query_labels.max())) + 1
    votes = torch.zeros(len(queries), n_classes, dtype=nearest.dtype, device=nearest.device)
    votes.scatter_add_(1, bank_labels[index], ((nearest - 1) / temperature).exp())  # the 1 only prevents overflow
    return (votes.argmax(dim=1) == query_labels).float().mean().item()


class KNN:
    """Measures an encoder on fixed photographs: class-balanced, drawn with the seed, a bank and disjoint queries.

    Args:
        images: (N, 3, H, W) uint8, training photographs.
        labels: (N,) int64.
        n_bank: how many labelled photographs to look for neighbours in.
        n_queries: how many photographs to classify.
        seed: the seed of the choice.
        device: where to compute.
    """

    def __init__(self, images: Tensor, labels: Tensor, n_bank: int, n_queries: int, seed: int, device: torch.device):
        n_queries = min(n_queries, len(labels) // 5)
        chosen = balanced(labels, min(n_bank + n_queries, len(labels)), seed)
        self.queries, self.bank = chosen[:n_queries], chosen[n_queries:]
        self.images, self.labels, self.device = images, labels, device

    def accuracy(self, encoder: nn.Module) -> float:
        """Returns the accuracy on the queries; the encoder's mode is restored."""
        bank, queries = (encode(encoder, self.images[part], self.device) for part in (self.bank, self.queries))
        return knn_accuracy(bank, self.labels[self.bank], queries, self.labels[self.queries])


@torch.no_grad()
def encode(encoder: nn.Module, images: Tensor, device: torch.device, batch_size: int = 500) -> Tensor:
    """Encodes images (N, 3, H, W) uint8 in evaluation mode: (N, D) float32 on the CPU; the mode is restored."""
    was_training = encoder.training
    encoder.eval()
    features = torch.cat([encoder(to_float(batch.to(device))).float().cpu() for batch in images.split(batch_size)])
    encoder.train(was_training)
    return features
