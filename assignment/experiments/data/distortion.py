"""Small random distortions of characters, as if by another hand: they enlarge a training set of 20 images a class.

Each image gets its own affine map: it is rotated, scaled, sheared and shifted a little. All maps are drawn at once, and
one `grid_sample` applies them to the whole batch.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Distortion(nn.Module):
    """Distorts every image at random in training mode, and passes images through in evaluation mode.

    What leaves the image is lost, and what comes in is 0, the paper. Randomness comes from torch's global generator of
    the images' device, whose state a checkpoint holds.

    Args:
        share: the probability with which an image is distorted; the others stay exactly as they are.
        turn: largest angle of rotation, in degrees, in either direction.
        scale: largest change of width and of height, drawn separately: 0.2 makes them 0.8 to 1.2 times as large.
        shear: largest sideways shift of a row, in units of its distance from the middle.
        shift: largest shift across and down, in pixels of the image before it is scaled.
    """

    def __init__(self, share: float, turn: float, scale: float, shear: float, shift: float):
        super().__init__()
        self.share = share
        self.turn, self.scale, self.shear, self.shift = turn, scale, shear, shift

    def forward(self, images: Tensor) -> Tensor:
        """Distorts: (B, C, H, W) floating -> the same shape and dtype."""
        if not self.training or self.share == 0:
            return images
        grid = F.affine_grid(self.maps(images).to(images.dtype), list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, align_corners=False)

    def maps(self, images: Tensor) -> Tensor:
        """Draws for each image the map from output to input coordinates, both in [-1, 1]: (B, 2, 3) float32."""
        height, width = images.shape[2:]
        uniform = torch.rand(7, len(images), device=images.device)
        draws = (2 * uniform[:6] - 1) * (uniform[6] < self.share)  # in [-1, 1], or all 0: the map changes nothing
        angle = math.radians(self.turn) * draws[0]
        across, down = 1 / (1 + self.scale * draws[1:3])  # input pixels for each output pixel
        shear = self.shear * draws[3]
        cos, sin = angle.cos(), angle.sin()
        rows = (
            torch.stack([cos * across, shear * cos * across - sin * down, 2 * self.shift / width * draws[4]], dim=1),
            torch.stack([sin * across, shear * sin * across + cos * down, 2 * self.shift / height * draws[5]], dim=1),
        )
        return torch.stack(rows, dim=1)
