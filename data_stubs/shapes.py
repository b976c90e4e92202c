"""Ten silhouettes and ten coats: what the classes of the CIFAR-10 stand-in look like.

A silhouette is a signed distance: negative inside, positive outside, in the object's own coordinates, u to the right
and v downwards, both about -1 to 1. A coat is a pattern in the same coordinates, of values from -1 to 1, that is laid
over the object. All functions take and return arrays of one shape, such as (N, 32, 32).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def ellipse(u: Array, v: Array, cu: float, cv: float, ru: float, rv: float) -> Array:
    """Returns the signed distance, roughly correct near the rim, to an ellipse of centre (cu, cv) and radii ru, rv."""
    distance: Array = (np.hypot((u - cu) / ru, (v - cv) / rv) - 1) * min(ru, rv)
    return distance


def polygon(u: Array, v: Array, *corners: tuple[float, float]) -> Array:
    """Returns the signed distance, exact along the edges, to a convex polygon with clockwise corners (u, v)."""
    distances = []
    for (u1, v1), (u2, v2) in zip(corners, corners[1:] + corners[:1], strict=True):
        length = np.hypot(u2 - u1, v2 - v1)
        distances.append(((u - u1) * (v2 - v1) - (v - v1) * (u2 - u1)) / length)
    return reduce(np.maximum, distances)


def bar(u: Array, v: Array, start: tuple[float, float], end: tuple[float, float], width: float) -> Array:
    """Returns the signed distance to a line with round ends."""
    du, dv = end[0] - start[0], end[1] - start[1]
    along = np.clip(((u - start[0]) * du + (v - start[1]) * dv) / (du * du + dv * dv), 0, 1)
    return np.hypot(u - start[0] - along * du, v - start[1] - along * dv) - width / 2


def union(*distances: Array) -> Array:
    """Returns the signed distance to all of the shapes together."""
    return reduce(np.minimum, distances)


def without(distance: Array, *holes: Array) -> Array:
    """Returns the signed distance to a shape with holes cut out."""
    return np.maximum(distance, -union(*holes))


def airplane(u: Array, v: Array) -> Array:
    """Seen from above, nose to the right."""
    return union(
        ellipse(u, v, 0, 0, 0.95, 0.15),
        polygon(u, v, (-0.15, -0.95), (0.05, -0.95), (0.3, 0), (-0.1, 0)),
        polygon(u, v, (-0.1, 0), (0.3, 0), (0.05, 0.95), (-0.15, 0.95)),
        polygon(u, v, (-0.9, -0.4), (-0.78, -0.4), (-0.6, 0), (-0.78, 0.4), (-0.9, 0.4)),
    )


def automobile(u: Array, v: Array) -> Array:
    """A low body, a cabin, two wheels."""
    return union(
        polygon(u, v, (-0.95, 0.0), (0.85, -0.05), (0.95, 0.35), (-0.95, 0.35)),
        polygon(u, v, (-0.35, -0.42), (0.25, -0.42), (0.55, 0.05), (-0.7, 0.05)),
        ellipse(u, v, -0.52, 0.38, 0.24, 0.24),
        ellipse(u, v, 0.52, 0.38, 0.24, 0.24),
    )


def bird(u: Array, v: Array) -> Array:
    """A body, a small head with a beak, a raised wing, a tail."""
    return union(
        ellipse(u, v, 0, 0.25, 0.55, 0.3),
        ellipse(u, v, 0.55, -0.1, 0.22, 0.22),
        polygon(u, v, (0.7, -0.2), (1.0, -0.05), (0.7, 0.05)),
        polygon(u, v, (-0.6, -0.9), (0.3, 0.2), (-0.3, 0.3)),
        polygon(u, v, (-1.0, 0.1), (-0.4, 0.15), (-0.4, 0.4), (-1.0, 0.55)),
    )


def cat(u: Array, v: Array) -> Array:
    """A wide face with two pointed ears and two eyes."""
    face = union(
        ellipse(u, v, 0, 0.2, 0.85, 0.68),
        polygon(u, v, (-0.85, -0.95), (-0.1, -0.35), (-0.8, 0.2)),
        polygon(u, v, (0.85, -0.95), (0.8, 0.2), (0.1, -0.35)),
    )
    return without(face, ellipse(u, v, -0.35, 0.05, 0.15, 0.17), ellipse(u, v, 0.35, 0.05, 0.15, 0.17))


def deer(u: Array, v: Array) -> Array:
    """A slim body on four thin legs, a steep neck, antlers."""
    return union(
        ellipse(u, v, -0.15, 0.15, 0.58, 0.24),
        bar(u, v, (0.3, 0.1), (0.5, -0.4), 0.2),
        ellipse(u, v, 0.62, -0.42, 0.22, 0.13),
        bar(u, v, (-0.6, 0.2), (-0.65, 0.95), 0.1),
        bar(u, v, (-0.4, 0.2), (-0.35, 0.95), 0.1),
        bar(u, v, (0.1, 0.2), (0.1, 0.95), 0.1),
        bar(u, v, (0.3, 0.2), (0.35, 0.95), 0.1),
        bar(u, v, (0.5, -0.5), (0.25, -0.95), 0.1),
        bar(u, v, (0.5, -0.5), (0.75, -0.95), 0.1),
        bar(u, v, (0.38, -0.7), (0.08, -0.75), 0.1),
        bar(u, v, (0.62, -0.7), (0.95, -0.78), 0.1),
    )


def dog(u: Array, v: Array) -> Array:
    """A long face with two hanging ears, a broad muzzle and two eyes."""
    face = union(
        ellipse(u, v, 0, -0.25, 0.5, 0.6),
        ellipse(u, v, -0.68, -0.1, 0.2, 0.62),
        ellipse(u, v, 0.68, -0.1, 0.2, 0.62),
        ellipse(u, v, 0, 0.5, 0.4, 0.45),
    )
    return without(face, ellipse(u, v, -0.22, -0.25, 0.11, 0.13), ellipse(u, v, 0.22, -0.25, 0.11, 0.13))


def frog(u: Array, v: Array) -> Array:
    """A wide squat body, two eyes on top, two folded legs."""
    body = union(
        ellipse(u, v, 0, 0.15, 0.65, 0.42),
        ellipse(u, v, -0.4, -0.4, 0.27, 0.27),
        ellipse(u, v, 0.4, -0.4, 0.27, 0.27),
        ellipse(u, v, -0.72, 0.5, 0.28, 0.2),
        ellipse(u, v, 0.72, 0.5, 0.28, 0.2),
    )
    return without(body, ellipse(u, v, -0.4, -0.42, 0.12, 0.12), ellipse(u, v, 0.4, -0.42, 0.12, 0.12))


def horse(u: Array, v: Array) -> Array:
    """A heavy body on four legs, a thick neck, a long head, a tail."""
    return union(
        ellipse(u, v, -0.1, 0.0, 0.62, 0.32),
        bar(u, v, (0.3, -0.05), (0.6, -0.6), 0.34),
        bar(u, v, (0.6, -0.65), (0.88, -0.4), 0.26),
        bar(u, v, (-0.55, 0.1), (-0.6, 0.9), 0.17),
        bar(u, v, (-0.3, 0.1), (-0.25, 0.9), 0.17),
        bar(u, v, (0.15, 0.1), (0.15, 0.9), 0.17),
        bar(u, v, (0.4, 0.1), (0.48, 0.9), 0.17),
        bar(u, v, (-0.65, -0.1), (-0.92, 0.5), 0.16),
    )


def ship(u: Array, v: Array) -> Array:
    """A hull, a mast, two sails."""
    return union(
        polygon(u, v, (-0.95, 0.35), (0.95, 0.35), (0.6, 0.85), (-0.65, 0.85)),
        bar(u, v, (0, 0.4), (0, -0.95), 0.1),
        polygon(u, v, (0.08, -0.85), (0.7, 0.22), (0.08, 0.22)),
        polygon(u, v, (-0.08, -0.6), (-0.08, 0.22), (-0.6, 0.22)),
    )


def truck(u: Array, v: Array) -> Array:
    """A tall box, a lower cab in front, three wheels."""
    return union(
        polygon(u, v, (-0.95, -0.6), (0.35, -0.6), (0.35, 0.45), (-0.95, 0.45)),
        polygon(u, v, (0.42, -0.2), (0.75, -0.2), (0.95, 0.1), (0.95, 0.45), (0.42, 0.45)),
        polygon(u, v, (-0.95, 0.35), (0.95, 0.35), (0.95, 0.48), (-0.95, 0.48)),
        ellipse(u, v, -0.65, 0.5, 0.2, 0.2),
        ellipse(u, v, -0.2, 0.5, 0.2, 0.2),
        ellipse(u, v, 0.65, 0.5, 0.2, 0.2),
    )


def stripes(across: float, down: float) -> Callable[[Array, Array], Array]:
    """Returns a coat of soft stripes; `across` and `down` are its waves per unit of u and v."""
    return lambda u, v: np.sin(2 * np.pi * (across * u + down * v))


def dots(frequency: float) -> Callable[[Array, Array], Array]:
    """Returns a coat of round spots on a square lattice."""
    return lambda u, v: np.sin(2 * np.pi * frequency * u) * np.sin(2 * np.pi * frequency * v) * 2 - 0.5


def checks(frequency: float) -> Callable[[Array, Array], Array]:
    """Returns a coat of squares."""
    return lambda u, v: np.sign(np.sin(2 * np.pi * frequency * u) * np.sin(2 * np.pi * frequency * v))


def rings(frequency: float) -> Callable[[Array, Array], Array]:
    """Returns a coat of rings around the middle."""
    return lambda u, v: np.sin(2 * np.pi * frequency * np.hypot(u, v))


def shading(u: Array, v: Array) -> Array:
    """A coat that is light above and dark below."""
    return -np.tanh(2 * v)


def waves(u: Array, v: Array) -> Array:
    """A coat of wavy lines."""
    pattern: Array = np.sin(2 * np.pi * (1.8 * v + 0.25 * np.sin(2 * np.pi * 1.2 * u)))
    return pattern


CLASSES: dict[str, tuple[Callable[[Array, Array], Array], Callable[[Array, Array], Array]]] = {
    "airplane": (airplane, stripes(0.0, 2.2)),
    "automobile": (automobile, shading),
    "bird": (bird, waves),
    "cat": (cat, stripes(2.2, 0.0)),
    "deer": (deer, dots(1.6)),
    "dog": (dog, dots(0.8)),
    "frog": (frog, rings(2.0)),
    "horse": (horse, stripes(0.7, 0.7)),
    "ship": (ship, stripes(1.3, 1.3)),
    "truck": (truck, checks(1.0)),
}
