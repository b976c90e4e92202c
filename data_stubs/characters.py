"""Invented characters: points on a small lattice, and a few strokes that run through them.

Later strokes start where an earlier one passed, as in letters. An alphabet is a style of strokes that its
characters share. Next: `handwriting.py` writes the characters down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Style:
    """What the characters of one alphabet have in common.

    Attributes:
        columns: anchor columns of the lattice.
        rows: anchor rows of the lattice.
        strokes: the most strokes of a character.
        curved: the probability that a stroke is a smooth curve and not a chain of straight lines.
        loop: the probability that a later stroke is a closed loop.
        dot: the probability that a character ends with a dot.
        headline: whether every character hangs from a horizontal bar.
    """

    columns: int
    rows: int
    strokes: int
    curved: float
    loop: float
    dot: float
    headline: bool


@dataclass(frozen=True)
class Stroke:
    """The anchors a pen visits, in order; `curved` strokes are smooth, a `closed` one returns to its start."""

    anchors: tuple[int, ...]
    curved: bool
    closed: bool = False


@dataclass(frozen=True)
class Character:
    """Anchor points (A, 2) in [0, 1] as (x, y) with y downwards, and the strokes through them."""

    anchors: Points
    strokes: tuple[Stroke, ...]


def invent_style(rng: np.random.Generator) -> Style:
    """Returns the style of one alphabet."""
    return Style(
        columns=int(rng.integers(2, 4)),
        rows=int(rng.integers(3, 5)),
        strokes=int(rng.integers(2, 5)),
        curved=float(rng.choice([0.3, 0.7, 1.0])),
        loop=float(rng.choice([0.0, 0.2, 0.4])),
        dot=float(rng.choice([0.0, 0.0, 0.25])),
        headline=bool(rng.random() < 0.15),
    )


def invent_character(rng: np.random.Generator, style: Style) -> Character:
    """Returns one character: a main stroke, then strokes that branch off points already visited."""
    grid = [(x, y) for y in np.linspace(0, 1, style.rows) for x in np.linspace(0.1, 0.9, style.columns)]
    lattice = np.array(grid) + rng.normal(0, 0.06, (len(grid), 2))
    points = lattice  # the lattice, then what loops, the headline and the dot add
    visited = [int(rng.integers(len(grid)))]
    strokes: list[Stroke] = []
    for index in range(int(rng.integers(2, style.strokes + 1)) if rng.random() < 0.8 else 1):
        if index and rng.random() < style.loop:
            start = int(rng.choice(visited))
            strokes.append(Stroke((start, *range(len(points), len(points) + 5)), curved=True, closed=True))
            points = np.concatenate([points, _loop(rng, points[start])])
            continue
        path = _walk(rng, lattice, visited, int(rng.integers(3, 5)) if index == 0 else int(rng.integers(2, 4)))
        visited += [anchor for anchor in path if anchor not in visited]
        strokes.append(Stroke(tuple(path), curved=bool(rng.random() < style.curved)))
    used = points[sorted({anchor for stroke in strokes for anchor in stroke.anchors})]
    points = (points - (used.max(axis=0) + used.min(axis=0)) / 2) / max(0.6, np.ptp(used, axis=0).max()) + 0.5
    if style.headline:
        strokes.append(Stroke((len(points), len(points) + 1), curved=False))
        points = np.concatenate([points, [[0.0, 0.0], [1.0, 0.0]]])
    if rng.random() < style.dot:
        strokes.append(Stroke((len(points),), curved=False))
        points = np.concatenate([points, [[rng.random(), rng.choice([-0.1, 1.1])]]])
    return Character(points, tuple(strokes))


def _walk(rng: np.random.Generator, lattice: Points, visited: list[int], length: int) -> list[int]:
    """Returns a path of `length` anchors that begins at a visited one and prefers new ones that are near."""
    path = [int(rng.choice(visited))]
    while len(path) < length:
        distance = np.linalg.norm(lattice - lattice[path[-1]], axis=1)
        weight = np.exp(-((distance - 0.5) ** 2) / 0.08)
        weight[path] = 0
        weight[[anchor for anchor in visited if anchor not in path]] *= 0.3
        path.append(int(rng.choice(len(lattice), p=weight / weight.sum())))
    return path


def _loop(rng: np.random.Generator, start: Points) -> Points:
    """Returns the five further points (5, 2) of a round loop that leaves `start` (2,) towards the middle."""
    radius = rng.uniform(0.16, 0.28)
    towards_middle = np.array([0.5, 0.5]) - start + rng.normal(0, 0.1, 2)
    direction = np.arctan2(towards_middle[1], towards_middle[0])
    centre = start + radius * np.array([np.cos(direction), np.sin(direction)])
    angles = direction + np.pi + np.arange(1, 6) * 2 * np.pi / 6
    return centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
