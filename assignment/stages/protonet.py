"""Prototypical Networks (Snell et al. 2017, arXiv 1703.05175), in the order of the paper.

An encoder maps images to embeddings. The prototype of a class is the mean of its support embeddings (equation 1). A
query belongs to a class with a probability that falls with its squared Euclidean distance to the class's prototype
(equation 2), and training maximises the log-probability of the true class (algorithm 1), one episode after the other.

Next: `report.py` shows what the network predicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from stages.episodes import Episode

Log = Callable[[int, dict[str, float]], None]  # log(step, {"loss": 0.7, …})


def conv_block(in_channels: int, out_channels: int) -> nn.Sequential:
    """One block of the encoder: 3x3 convolution, batch normalisation, ReLU, 2x2 max pooling (section 3.1).

    The convolution is padded by 1, so that it keeps height and width; the pooling halves them, rounding down.
    Batch normalisation learns a scale and a shift for each filter. In training mode it uses the batch's statistics and
    updates its running ones; in evaluation mode it uses those and leaves them alone.

    Args:
        in_channels: Ci, the number of channels that come in.
        out_channels: Co, the number of filters.

    Returns:
        An nn.Sequential of those four layers in that order: (B, Ci, H, W) -> (B, Co, H // 2, W // 2).

    Example:
        `conv_block(1, 64)` maps (B, 1, 28, 28) to (B, 64, 14, 14), and `conv_block(64, 64)` maps that to (B, 64, 7, 7).
    """
    raise NotImplementedError(
        "TODO conv_block: write conv_block as the docstring says; tests/test_protonet.py shows it"
    )


class ConvEncoder(nn.Module):
    """The paper's encoder: four blocks, then the feature map flattened into a vector.

    The first block maps `in_channels` to `hidden_channels`, the two in the middle keep `hidden_channels`, the last maps
    to `embedding_channels`. All four are whole and have weights of their own, and nothing else comes before, between
    or after them. In evaluation mode an embedding does not depend on the other images of the batch.

    Args:
        in_channels: 1 for Omniglot.
        hidden_channels: filters of the first three blocks.
        embedding_channels: filters of the last block. An embedding has
            D = embedding_channels * (H // 16) * (W // 16) values, each halving rounded down.

    Example:
        `ConvEncoder()` maps (B, 1, 28, 28) to (B, 64), since 28 -> 14 -> 7 -> 3 -> 1; it maps (B, 1, 32, 32) to
        (B, 256), since 32 -> 16 -> 8 -> 4 -> 2 and 64 * 2 * 2 = 256.
    """

    def __init__(self, in_channels: int = 1, hidden_channels: int = 64, embedding_channels: int = 64):
        super().__init__()
        raise NotImplementedError(
            "TODO conv_block: write ConvEncoder.__init__ as the docstring says; tests/test_protonet.py shows it"
        )

    def forward(self, images: Tensor) -> Tensor:
        """Embeds images: (B, in_channels, H, W) floating -> (B, D), differentiable; a batch may be a single image."""
        raise NotImplementedError(
            "TODO conv_block: write ConvEncoder.forward as the docstring says; tests/test_protonet.py shows it"
        )


def compute_prototypes(support: Tensor) -> Tensor:
    """The prototype of each class: the mean of its embedded support points (equation 1).

        c_k = 1 / |S_k| * sum over (x_i, y_i) in S_k of f(x_i)

    Embeddings are not normalised, neither before nor after.

    Args:
        support: (n_way, n_support, D) floating, the embeddings f(x_i); row k holds those of class k. Each size may be
            1, the memory need not be contiguous, and the tensor is left as it is.

    Returns:
        (n_way, D), dtype and precision of `support`, differentiable.

    Example:
        For two classes with two embeddings each, [[[0, 2], [4, 6]], [[1, 1], [3, 5]]], it is [[2, 4], [2, 3]].
    """
    raise NotImplementedError(
        "TODO prototypes: write compute_prototypes as the docstring says; tests/test_protonet.py shows it"
    )


def squared_euclidean(queries: Tensor, prototypes: Tensor) -> Tensor:
    """The squared Euclidean distance of every query to every prototype (section 2.3).

        d(q, c) = ||q - c||^2, the sum of the squared differences

    It is the square: no root is taken. The paper shows why this distance is the right one (a Bregman divergence, for
    which the mean is the best representative of a class), and that it beats the cosine by far.

    It has to stay accurate where the vectors are large and close together, however many there are. It is differentiable
    in both arguments, and its gradient is finite where they are equal.

    Args:
        queries: (M, D) floating. Each size may be 1 or large, and the memory need not be contiguous.
        prototypes: (N, D), same dtype. Both tensors are left as they are.

    Returns:
        (M, N), same dtype and precision, >= 0; entry [i, j] belongs to query i and prototype j.

    Example:
        The queries [[0, 0], [1, 1], [3, 4]] have the distances [[1, 4], [1, 2], [18, 13]] to [[0, 1], [0, 2]].

    Hint:
        Broadcasting subtracts (M, 1, D) and (1, N, D) into (M, N, D). ||q||^2 - 2 q.c + ||c||^2 needs less memory, but
        cancels for vectors that are large and close: it can even come out negative. `torch.cdist` does the same for
        more than 25 vectors, unless `compute_mode="donot_use_mm_for_euclid_dist"`.
    """
    raise NotImplementedError(
        "TODO distances: write squared_euclidean as the docstring says; tests/test_protonet.py shows it"
    )


class EpisodeOutput(NamedTuple):
    """What a Prototypical Network says about an episode.

    Attributes:
        loss: () floating, the mean over all queries of -log p(true class); differentiable.
        accuracy: () floating, the fraction in [0, 1] of queries whose prediction is correct.
        predictions: (n_way, n_query) int64, the most probable class of each query, 0, …, n_way-1.
    """

    loss: Tensor
    accuracy: Tensor
    predictions: Tensor


class ProtoNet(nn.Module):
    """A Prototypical Network: an encoder, and the way from an episode to its loss (equation 2, algorithm 1).

    Args:
        encoder: (B, C, H, W) -> (B, D).
    """

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, episode: Episode) -> EpisodeOutput:
        """Classifies the queries of an episode by their distances to the prototypes of its support images.

        1. Embed support and query images together, in one pass of the encoder, so that batch normalisation sees them
           all; split the embeddings again.
        2. Compute the prototypes from the support embeddings, then the distance of every query to every prototype.
        3. p(k | x) = exp(-d(f(x), c_k)) / sum over k' of exp(-d(f(x), c_k')), as a log-softmax over the classes: the
           loss stays finite where all exponentials round to 0.
        4. The loss is the mean of -log p(true class) over all n_way * n_query queries. Its gradient reaches the encoder
           through the support and through the queries.

        Training or evaluation mode is the caller's choice: no mode is changed here.

        Args:
            episode: support (n_way, n_support, C, H, W) and query (n_way, n_query, C, H, W), which are not modified.
                Each of n_way, n_support and n_query may be 1. The true class of every query in row c is c.

        Returns:
            An `EpisodeOutput`: loss, accuracy and predictions, in this order.

        Example:
            A query at squared distances 1 and 3 from the prototypes of classes 0 and 1 belongs to class 0 with
            p = e^-1 / (e^-1 + e^-3) = 0.881. If class 0 is the true one, its loss is 0.127, else it is 2.127.
        """
        raise NotImplementedError(
            "TODO protonet_forward: write ProtoNet.forward as the docstring says; tests/test_protonet.py shows it"
        )


def train_protonet(model: nn.Module, episodes: Iterable[Episode], optimizer: torch.optim.Optimizer, log: Log) -> None:
    """Trains on one episode after the other: one step of the optimiser for each (section 2.2).

    Training mode first; then for every episode: forward (once), clear the old gradients, backward, step, log. Old
    gradients are those of the episode before, and any that the parameters hold when training begins.

    Args:
        model: maps an episode to an `EpisodeOutput`, such as a `ProtoNet`. It is trained in place.
        episodes: what to train on. It is iterated once and may be endless or larger than memory: take one episode at a
            time.
        optimizer: holds the parameters of `model`, and what it keeps of earlier steps, such as a momentum: a second
            call goes on from there, with both as they are.
        log: called once per episode, after its step, as log(step, {"loss": …, "accuracy": …}) with the step counted
            from 0 in each call. The two values are Python floats, those of this episode's forward pass.

    Example:
        With three episodes, `log` sees the steps 0, 1, 2; the loss of step 0 is that of the untrained model.
    """
    raise NotImplementedError(
        "TODO protonet_training: write train_protonet as the docstring says; tests/test_protonet.py shows it"
    )
