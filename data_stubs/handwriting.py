"""Hands: the same character looks different in every writer's hand, and a little different every time.

A writer is a slant, a size, a pen and an unsteadiness. Next: `omniglot.py` lets twenty of them write whole alphabets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from data_stubs.characters import Character, Points, Stroke

SMALL = 64  # pixels; smaller images are drawn with a thicker pen, four times as large, and shrunk
INK = 0.43  # the share of a pixel that must be covered for it to be black


@dataclass(frozen=True)
class Hand:
    """How one writer writes.

    Attributes:
        shape: the 2x2 matrix of the writer's slant, turn and proportions.
        offset: where the writer centres a character, as a fraction of the image.
        pen: line width as a fraction of the image.
        unsteadiness: standard deviation of an anchor's error, as a fraction of the image.
    """

    shape: Points
    offset: Points
    pen: float
    unsteadiness: float


NEAT = Hand(shape=np.eye(2) * 0.72, offset=np.full(2, 0.5), pen=0.09, unsteadiness=0.0)


def invent_hand(rng: np.random.Generator) -> Hand:
    """Returns a writer."""
    turn, slant = rng.normal(0, 0.12), rng.normal(0, 0.22)
    width, height = rng.uniform(0.45, 0.8), rng.uniform(0.45, 0.8)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return Hand(
        shape=rotation @ np.array([[1.0, -slant], [0.0, 1.0]]) @ np.diag([width, height]),
        offset=0.5 + rng.normal(0, 0.05, 2),
        pen=rng.uniform(0.018, 0.042),
        unsteadiness=rng.uniform(0.025, 0.06),
    )


def draw(character: Character, hand: Hand, rng: np.random.Generator, size: int) -> Image.Image:
    """Returns one image, (size, size), mode "1": False is ink."""
    scale, boldness = (4, 1.35) if size < SMALL else (1, 1.0)
    canvas = Image.new("L", (size * scale, size * scale), 0)
    pen = ImageDraw.Draw(canvas)
    width = scale * max(1.1, boldness * hand.pen * size)  # thinner lines would break up
    anchors = character.anchors + _warp(rng, character.anchors) * hand.unsteadiness
    shift = hand.offset + rng.normal(0, 0.6, 2) * hand.unsteadiness
    for stroke in character.strokes:
        line = _trace(anchors[list(stroke.anchors)], stroke)
        line = line + _wobble(rng, len(line)) * hand.unsteadiness * 0.35
        line = ((line - 0.5) @ hand.shape.T + shift) * size * scale
        _ink(pen, line, width)
    if scale > 1:
        canvas = canvas.reduce(scale)
    return canvas.point(lambda ink: 255 if ink < 255 * INK else 0, mode="1")


def _warp(rng: np.random.Generator, points: Points) -> Points:
    """Returns displacements (A, 2) of about unit size: points that are near each other go the same way."""
    frequency, phase = rng.normal(0, 4, (2, 2, 3)), rng.uniform(0, 2 * np.pi, 3)
    smooth = np.sin(np.einsum("ax,dxk->adk", points, frequency) + phase).sum(axis=2)
    displacements: Points = smooth + rng.normal(0, 0.3, points.shape)
    return displacements


def _trace(points: Points, stroke: Stroke) -> Points:
    """Returns the dense line (L, 2) of a stroke through `points`: straight pieces, or a Catmull-Rom spline."""
    if len(points) == 1:
        return points
    if stroke.closed:
        points = np.concatenate([points, points[:1]])
        before, after = points[-2:-1], points[1:2]
    else:
        before, after = 2 * points[:1] - points[1:2], 2 * points[-1:] - points[-2:-1]
    t = np.linspace(0, 1, 9)[:-1, None, None]  # (8, 1, 1)
    p1, p2 = points[:-1], points[1:]
    if stroke.curved:
        padded = np.concatenate([before, points, after])
        m1, m2 = (padded[2:-1] - padded[:-3]) / 2, (padded[3:] - padded[1:-2]) / 2
        pieces = (
            (2 * t**3 - 3 * t**2 + 1) * p1
            + (t**3 - 2 * t**2 + t) * m1
            + (3 * t**2 - 2 * t**3) * p2
            + (t**3 - t**2) * m2
        )
    else:
        pieces = (1 - t) * p1 + t * p2
    return np.concatenate([pieces.swapaxes(0, 1).reshape(-1, 2), points[-1:]])


def _wobble(rng: np.random.Generator, length: int) -> Points:
    """Returns smooth noise (length, 2) of about unit size: what a hand adds along a line."""
    phase, size = rng.uniform(0, 2 * np.pi, (2, 2)), rng.normal(0, 1, (2, 2))
    along = np.arange(length)[:, None, None] * np.array([[0.25], [0.6]])
    noise: Points = (size * np.sin(along + phase)).sum(axis=1)
    return noise


def _ink(pen: ImageDraw.ImageDraw, line: Points, width: float) -> None:
    """Draws the line with round ends; one of a single point is a dot."""
    pen.line([tuple(point) for point in line.tolist()], fill=255, width=max(1, round(width)), joint="curve")
    radius = max(0.0, (width - 1) / 2) if len(line) > 1 else 0.9 * width
    for x, y in (line[0].tolist(), line[-1].tolist()):
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
