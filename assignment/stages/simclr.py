"""SimCLR (Chen et al. 2020, arXiv 2002.05709), in the order of the paper's figure 2.

Two random augmentations of an image should be closer to each other than to those of any other image in the batch. An
encoder f gives the representation h, a projection head g maps it to z, and the NT-Xent loss (equation 1) compares the
z of 2B views. After pretraining g is thrown away: h is what later tasks use.

torchvision and kornia take seconds to import: import them inside the functions that need them.

Next: `linear_eval.py` measures how good the representation is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Log = Callable[[int, dict[str, float]], None]  # log(step, {"loss": 4.2})


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    """The paper's random augmentation for CIFAR-10 (section 2.1, appendices A and B.9), for a whole batch at once.

    In this order, with s the strength:

    1. Random resized crop: 8 to 100 % of the area (or from another `min_area` on), aspect ratio 3/4 to 4/3, anywhere in
       the image, resized to `image_size`.
    2. Horizontal flip with probability 0.5; no image is flipped upside down.
    3. With probability 0.8, colour jitter as torchvision's and kornia's ColorJitter do it: brightness, contrast and
       saturation each by a factor from [1 - 0.8 s, 1 + 0.8 s], hue by up to 0.2 s of the colour circle in both
       directions.
    4. With probability 0.2, greyscale (three equal channels).

    There is no blur on CIFAR-10 (appendix B.9). Every image of the batch gets its own draw of everything.

    Args:
        image_size: S, the height and width of the augmented images, whatever those of the given ones; by default 32.
        strength: s of the colour jitter; the paper takes 0.5 on CIFAR-10, and 0 leaves colours as they are.
        min_area: the smallest part of the image's area that a crop takes, 0 < min_area <= 1; the paper takes 0.08.

    Returns:
        A module that maps (B, 3, H, W) float32 in [0, 1] to (B, 3, S, S) float32 in [0, 1]. Every call draws anew, from
        torch's global random state, and its input is left as it was.

    Example:
        With `augment = simclr_augmentation(32)` and 8 copies of one photo stacked to (8, 3, 32, 32), `augment(photos)`
        is 8 different images: about 4 of them mirrored, 6 in other colours, 1 or 2 grey.

    Hint:
        `kornia.augmentation` has these as modules for batches: RandomResizedCrop, RandomHorizontalFlip, ColorJitter and
        RandomGrayscale. `torchvision.transforms.v2` makes one draw for a whole batch; it would need a loop over images.
    """
    raise NotImplementedError(
        "TODO two_views: write simclr_augmentation as the docstring says; tests/test_simclr.py shows it"
    )


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    """Augments every image twice, independently: a positive pair (section 2.1).

    The augmentation is called once for each view, on the whole batch: it may draw something that all images of a call
    share, and it takes nothing but batches.

    Args:
        images: (B, 3, H, W).
        augmentation: maps a batch to a batch, at random.

    Returns:
        Two batches such as (B, 3, S, S) and (B, 3, S, S), as the augmentation gave them: entry i of both comes from
        image i, augmented once.

    Example:
        With an augmentation that adds one random number, two views of [[10.0]] may be [[10.3]] and [[9.6]].
    """
    raise NotImplementedError("TODO two_views: write two_views as the docstring says; tests/test_simclr.py shows it")


class ProjectionHead(nn.Module):
    """The projection head g: a linear layer, a ReLU, a linear layer (section 2.1): z = W2 ReLU(W1 h).

    Both layers have biases, and there is nothing else in it. z is not normalised here: the loss does that.

    Args:
        in_dim: the length of h; 512 for ResNet-18.
        hidden_dim: the length in between.
        out_dim: the length of z.

    Example:
        `ProjectionHead(512, 512, 128)` has 512 * 512 + 512 + 512 * 128 + 128 = 328,320 parameters, biases included.
    """

    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        super().__init__()
        raise NotImplementedError(
            "TODO projection_head: write ProjectionHead.__init__ as the docstring says; tests/test_simclr.py shows it"
        )

    def forward(self, h: Tensor) -> Tensor:
        """Projects representations: (B, in_dim) -> (B, out_dim). B may be 1.

        Gradients reach both layers and, through h, the encoder.
        """
        raise NotImplementedError(
            "TODO projection_head: write ProjectionHead.forward as the docstring says; tests/test_simclr.py shows it"
        )


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    """ResNet-18 without its classification layer, randomly initialised at every call: (B, 3, H, W) -> (B, 512).

    It is torchvision's `resnet18` with `fc` replaced by the identity. Its first layers were made for large images: a
    7x7 convolution of stride 2 and a max pooling leave 8x8 of a 32x32 image. For CIFAR-10 the paper (appendix B.9)
    replaces the convolution by a 3x3 one of stride 1 (padding 1, no bias) and drops the max pooling, which keeps 32x32.
    All parameters are trained.

    Args:
        stem: "cifar", the default, for those first layers of the paper; "imagenet" for torchvision's own.

    Returns:
        The encoder f; h = f(x) is the output of the global average pooling, also for a single image: (1, 512).

    Raises:
        ValueError: `stem` is neither of the two.

    Example:
        `resnet18_encoder("cifar")` has 11,168,832 parameters, `resnet18_encoder("imagenet")` 11,176,512.
    """
    raise NotImplementedError(
        "TODO projection_head: write resnet18_encoder as the docstring says; tests/test_simclr.py shows it"
    )


class SimCLR(nn.Module):
    """Encoder and projection head in a row: z = g(f(x)).

    A forward pass applies each of the two once, in the mode that it is in; gradients reach both.

    Args:
        encoder: f, (B, 3, H, W) -> (B, in_dim).
        head: g, (B, in_dim) -> (B, out_dim).
    """

    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """Maps images to z: (B, 3, H, W) -> (B, out_dim). B may be 1."""
        raise NotImplementedError(
            "TODO projection_head: write SimCLR.forward as the docstring says; tests/test_simclr.py shows it"
        )


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    """The normalised temperature-scaled cross-entropy loss (equation 1, algorithm 1).

    With z_1, …, z_2B all views and sim(u, v) = u.v / (||u|| ||v||) the cosine similarity, the loss of the anchor i
    whose other view is j is

        l(i, j) = -log( exp(sim(z_i, z_j) / t) / sum over k != i of exp(sim(z_i, z_k) / t) )

    The sum runs over all 2B - 1 other views, those of the same batch half and the positive j included. The loss is the
    mean of l over all 2B anchors: each of the B pairs counts twice, as l(i, j) and as l(j, i). Both views are trained:
    gradients reach z1 and z2, through their lengths, too. The tensors that are given stay as they are.

    Args:
        z1: (B, D) floating, the projections of the first views, not normalised.
        z2: (B, D), those of the second views; row i of both comes from the same image.
        temperature: t > 0, by default 0.5; the similarities are divided by it. Small values look at the closest
            negatives only: for t = 0.01, too, the loss and its gradients are finite, and views that point away from
            each other cost what equation 1 says, although exp(100) and exp(-200) are beyond float32.

    Returns:
        () of the same dtype: the mean over the 2B anchors. A vector of zeros must not give nan.

    Example:
        If all 2B projections are equal, every anchor guesses among 2B - 1 others: the loss is log(2B - 1), whatever the
        temperature; 1.0986 for B = 2. With B = 1 there is no negative, and the loss is 0.
        For z1 = z2 = [[1, 0], [0, 1]] and t = 1 it is -log(e / (e + 2)) = 0.5514.
    """
    raise NotImplementedError("TODO nt_xent: write nt_xent_loss as the docstring says; tests/test_simclr.py shows it")


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    """Pretrains without labels, one step of the optimiser per batch (algorithm 1).

    Training mode first; then for every batch: two views, their projections, the NT-Xent loss, clear the old gradients,
    backward, step, log. Gradients that are left from before, even from before the call, do not count.

    Args:
        model: maps images to projections, such as a `SimCLR`. It is trained in place, and sees each view once.
        batches: each (B, 3, H, W) float32 in [0, 1]; B may be 1. It is iterated once and may be endless: take a
            batch when the ones before are trained on, or at most one ahead.
        augmentation: as from `simclr_augmentation`.
        optimizer: holds the parameters of `model`, and its learning rate stays as it is.
        temperature: of the NT-Xent loss.
        log: called once per batch, after its step, as log(step, {"loss": …}) with the step counted from 0 and the loss
            of this batch, from before the step, as a Python float.

    Example:
        With three batches, `log` sees the steps 0, 1, 2; the loss of step 0 is that of the untrained model.
    """
    raise NotImplementedError(
        "TODO simclr_training: write train_simclr as the docstring says; tests/test_simclr.py shows it"
    )
