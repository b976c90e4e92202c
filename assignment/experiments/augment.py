"""SimCLR's augmentation for whole batches in a few passes over memory: what the stage does, several times as fast.

The stage `simclr_augmentation` is the student's; with it, on a CPU and with the stem for large images, drawing two
views costs about a sixth of a training step. This module does the same in plain torch:

- Crop, resize and flip are two weighted sums of rows, one along each side: bilinear interpolation is separable.
- Colours are jittered on three planes per image, hue by a formula without branches.

Every image has its own crop, flip, factors and greyscale. All four parts mean what torchvision's mean
(`RandomResizedCrop` with antialiasing, `RandomHorizontalFlip`, `ColorJitter` within `RandomApply`, `RandomGrayscale`),
to within rounding. The order of the four colour operations is drawn once per call, as kornia does, not per image.
kornia's `RandomResizedCrop` differs from both a little: it aligns the corners when it resizes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

GREY = (0.2989, 0.587, 0.114)  # torchvision's weights of red, green and blue
ATTEMPTS = 10  # torchvision's: so many boxes are drawn before it takes the middle of the image


class Draw(NamedTuple):
    """What was drawn for a batch of B images.

    Attributes:
        box: (B, 4) int64, the crops: top, left, height, width in pixels.
        mirrored: (B,) bool.
        factors: (B, 4) float32, of brightness, contrast and saturation, and the turn of the hue as a fraction of the
            colour circle; 1, 1, 1, 0 changes nothing.
        order: in which the four are applied: a permutation of 0, 1, 2, 3.
        grey: (B,) bool, without colours in the end.
    """

    box: Tensor
    mirrored: Tensor
    factors: Tensor
    order: tuple[int, ...]
    grey: Tensor


class FusedAugmentation(nn.Module):
    """The paper's augmentation for CIFAR-10 (appendices A and B.9), as in the stage `simclr_augmentation`.

    Args:
        image_size: S, the height and width of the augmented images.
        strength: s of the colour jitter; 0 jitters no colour.
        min_area: the smallest share of an image's area that a crop may have; the paper takes 0.08.
    """

    def __init__(self, image_size: int = 32, strength: float = 0.5, min_area: float = 0.08):
        super().__init__()
        self.image_size, self.strength, self.min_area = image_size, strength, min_area

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Augments: (B, 3, H, W) uint8, or floating in [0, 1] -> (B, 3, S, S) float32 in [0, 1].

        Its randomness comes from torch's global random state, and its input is left as it was.
        """
        return apply(images, draw(images, self.strength, self.min_area), self.image_size)


def draw(images: Tensor, strength: float, min_area: float) -> Draw:
    """Draws for images (B, 3, H, W), on their device and from torch's global random state."""
    n, device, s = len(images), images.device, strength
    box = draw_boxes(n, images.shape[2], images.shape[3], min_area, device)
    neutral = torch.tensor([1.0, 1.0, 1.0, 0.0], device=device)
    lowest = torch.tensor([*[max(0.0, 1 - 0.8 * s)] * 3, max(-0.5, -0.2 * s)], device=device)
    highest = torch.tensor([*[1 + 0.8 * s] * 3, min(0.5, 0.2 * s)], device=device)
    factors = torch.lerp(lowest, highest, torch.rand(n, 4, device=device))
    mirrored, jittered, grey = torch.rand(3, n, device=device)
    factors = torch.where(jittered[:, None] < 0.8, factors, neutral)
    return Draw(box, mirrored < 0.5, factors, tuple(torch.randperm(4).tolist()), grey < 0.2)


def draw_boxes(n: int, height: int, width: int, min_area: float, device: torch.device) -> Tensor:
    """Draws crops as torchvision does: area uniform in [min_area, 1], logarithm of width / height uniform.

    Returns:
        (n, 4) int64: top, left, height, width. Where none of `ATTEMPTS` boxes fits into the image, it is the largest
        box in its middle with an allowed ratio.
    """
    low, high = 3 / 4, 4 / 3
    area = height * width * torch.empty(ATTEMPTS, n, device=device).uniform_(min_area, 1)
    ratio = torch.empty(ATTEMPTS, n, device=device).uniform_(math.log(low), math.log(high)).exp()
    size = torch.stack([(area / ratio).sqrt(), (area * ratio).sqrt()], dim=2).round()  # (ATTEMPTS, n, 2): height, width
    whole = torch.tensor([height, width], device=device)
    fits = ((size > 0) & (size <= whole)).all(dim=2)  # (ATTEMPTS, n)
    first = fits.to(torch.uint8).argmax(dim=0)  # (n,), the first that fits
    size = size[first, torch.arange(n, device=device)]  # (n, 2)
    middle = torch.tensor([min(height, round(width / low)), min(width, round(height * high))], device=device)
    corner = torch.rand(n, 2, device=device)
    corner = ((whole - size + 1) * corner).floor().minimum(whole - size)  # the second: rounding
    fallback = ~fits.any(dim=0, keepdim=True).T
    size = torch.where(fallback, middle, size)
    corner = torch.where(fallback, (whole - middle) // 2, corner)
    return torch.cat([corner, size], dim=1).long()


def apply(images: Tensor, drawn: Draw, image_size: int) -> Tensor:
    """Augments images (B, 3, H, W), uint8 or floating in [0, 1], as drawn: (B, 3, S, S) float32 in [0, 1]."""
    pictures = crop_and_resize(images, drawn.box, drawn.mirrored, image_size)
    jitter(pictures, drawn.factors, drawn.order)
    return pictures.lerp_(grey_of(pictures), drawn.grey.float()[:, None, None, None])


def crop_and_resize(images: Tensor, box: Tensor, mirrored: Tensor, image_size: int) -> Tensor:
    """Cuts a box out of every image, resizes it bilinearly with antialiasing, and mirrors some.

    Args:
        images: (B, C, H, W) uint8, or floating in [0, 1].
        box: (B, 4) int64.
        mirrored: (B,) bool.
        image_size: S.

    Returns:
        (B, C, S, S) float32, contiguous.
    """
    n, channels, height, width = images.shape
    top, left, rows, columns = box.T
    pictures = images.reshape(n, channels * height, width).transpose(1, 2).float()  # (B, W, C * H)
    if images.dtype == torch.uint8:
        pictures = pictures / 255
    index, weight = taps(left, columns, width, image_size)
    flipped = mirrored[:, None, None]
    index, weight = torch.where(flipped, index.flip(1), index), torch.where(flipped, weight.flip(1), weight)
    pictures = weighted_rows(pictures, index, weight)  # (B, S, C * H)
    pictures = pictures.transpose(1, 2).reshape(n * channels, height, image_size)
    index, weight = (part.repeat_interleave(channels, dim=0) for part in taps(top, rows, height, image_size))
    return weighted_rows(pictures, index, weight).view(n, channels, image_size, image_size)


def taps(start: Tensor, length: Tensor, n_in: int, n_out: int) -> tuple[Tensor, Tensor]:
    """Which pixels of one side make up each output pixel: a triangle around its centre, as wide as two output pixels.

    Args:
        start, length: (B,) int64, the cut-out part of the side.
        n_in: pixels of the side.
        n_out: S, output pixels.

    Returns:
        index: (B, S, K) int64 in 0, …, n_in-1; K is 2 unless the images may become smaller.
        weight: (B, S, K) float32, sums to 1 over K.
    """
    step = (length / n_out)[:, None, None]  # (B, 1, 1), pixels per output pixel
    reach = step.clamp(min=1)
    centre = step * (torch.arange(n_out, device=start.device)[:, None] + 0.5)  # (B, S, 1), from the start of the part
    n_taps = 2 if n_in <= n_out else 2 * math.ceil(n_in / n_out) + 1
    pixel = (centre - reach + 0.5).floor() + torch.arange(n_taps, device=start.device)  # (B, S, K)
    last = length[:, None, None] - 1
    weight = (1 - (pixel + 0.5 - centre).abs() / reach).clamp(min=0) * ((pixel >= 0) & (pixel <= last))
    index = pixel.long().clamp(min=0).minimum(last) + start[:, None, None]
    return index, weight / weight.sum(dim=2, keepdim=True)


def weighted_rows(pictures: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """Sums K weighted rows of a picture for each output row.

    Args:
        pictures: (B, R, D) float32.
        index: (B, S, K) int64, in 0, …, R-1.
        weight: (B, S, K) float32.

    Returns:
        (B, S, D): row s of picture b is the sum over k of weight[b, s, k] * pictures[b, index[b, s, k]].
    """
    n, n_rows, size = pictures.shape
    table = pictures.reshape(n * n_rows, size)
    index = index + n_rows * torch.arange(n, device=index.device)[:, None, None]
    result = torch.zeros(())
    for k in range(index.shape[2]):
        rows, factor = table.index_select(0, index[:, :, k].flatten()), weight[:, :, k].reshape(-1, 1)
        result = rows.mul_(factor) if k == 0 else result.addcmul_(rows, factor)
    return result.view(n, index.shape[1], size)


def grey_of(pictures: Tensor) -> Tensor:
    """The brightness of every pixel: (B, 3, H, W) -> (B, 1, H, W)."""
    red, green, blue = GREY
    return (pictures[:, :1] * red).add_(pictures[:, 1:2], alpha=green).add_(pictures[:, 2:], alpha=blue)


def jitter(pictures: Tensor, factors: Tensor, order: tuple[int, ...]) -> None:
    """Changes the colours of pictures (B, 3, H, W) float32 in [0, 1] in place; factors (B, 4) as in `Draw`.

    After each of the four operations the values are clipped to [0, 1], as in torchvision.
    """
    for operation in order:
        factor = factors[:, operation, None, None, None]  # (B, 1, 1, 1)
        if operation == 0:
            pictures.mul_(factor).clamp_(0, 1)
        elif operation == 1:  # away from or towards the mean brightness of the picture
            mean = (pictures.mean(dim=(2, 3)) * pictures.new_tensor(GREY)).sum(dim=1)[:, None, None, None]
            pictures.mul_(factor).add_((1 - factor) * mean).clamp_(0, 1)
        elif operation == 2:  # away from or towards the brightness of the pixel
            pictures.lerp_(grey_of(pictures), 1 - factor).clamp_(0, 1)
        else:
            turn_hue(pictures, factor[:, 0])


def turn_hue(pictures: Tensor, turn: Tensor) -> None:
    """Turns the hues of pictures (B, 3, H, W) in [0, 1] in place by turn (B, 1, 1), a fraction of the colour circle.

    In HSV the value V is the largest of the three channels, and the chroma C the largest less the smallest; both stay.
    With the hue h in sixths of the circle, 0 <= h < 6, a channel is V less the share of C that its distance from the
    channel's own hue (red 0, green 2, blue 4) asks for: nothing up to a sixth, all from two sixths on.

    Conditions are products with 0 and 1 here: several times as fast on a CPU as `torch.where`.
    """
    red, green, blue = pictures.unbind(1)  # (B, H, W) each
    larger = torch.maximum(green, blue)
    value = torch.maximum(red, larger)
    chroma = value - torch.minimum(red, torch.minimum(green, blue))
    is_red = torch.ge(red, larger, out=torch.empty_like(value))  # 1 where red is the largest, else 0
    is_blue = torch.gt(blue, green, out=torch.empty_like(value))  # between green and blue
    hue = torch.lerp(blue - red, red - green, is_blue).lerp_(green - blue, is_red)
    hue.div_(chroma.clamp(min=1e-12)).add_(is_blue.add_(1).mul_(is_red.neg_().add_(1)), alpha=2)
    hue.add_(6 * turn)
    hue.sub_((hue / 6).floor_(), alpha=6)  # into [0, 6)
    shares = (
        (hue - 3).abs_().neg_().add_(2).clamp_(0, 1),
        (hue - 2).abs_().sub_(1).clamp_(0, 1),
        (hue - 4).abs_().sub_(1).clamp_(0, 1),
    )
    for channel, share in enumerate(shares):
        torch.addcmul(value, share, chroma, value=-1, out=pictures[:, channel])
