"""Figures as data: what a matplotlib figure shows, read from the figure in the submission's process."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.rpc.messages import AxesData, FigureData, LineData


def describe(value: Any) -> FigureData | None:
    """Returns the data of a matplotlib figure, or None for anything else. Closes the figure."""
    module = type(value).__module__
    if not module.startswith("matplotlib."):
        return None
    from matplotlib import pyplot as plt
    from matplotlib.figure import Figure

    if not isinstance(value, Figure):
        return None
    axes = tuple(_axes(ax) for ax in value.axes)
    title = value.get_suptitle() if hasattr(value, "get_suptitle") else ""
    plt.close(value)
    return FigureData(title=title, axes=axes)


def _axes(ax: Any) -> AxesData:
    from matplotlib import colors

    legend, title = ax.get_legend(), _title(ax)
    return AxesData(
        title=title.get_text(),
        title_color=colors.to_hex(title.get_color()),
        xlabel=ax.get_xlabel(),
        ylabel=ax.get_ylabel(),
        legend=tuple(text.get_text() for text in legend.get_texts()) if legend else (),
        lines=tuple(
            LineData(
                label=str(line.get_label()),
                color=colors.to_hex(line.get_color()),
                x=torch.as_tensor(line.get_xdata(orig=False), dtype=torch.float64),
                y=torch.as_tensor(line.get_ydata(orig=False), dtype=torch.float64),
            )
            for line in ax.get_lines()
        ),
        images=tuple(torch.as_tensor(_seen(ax, image), dtype=torch.float64) for image in ax.images),
        visible=ax.get_visible(),
        texts=tuple(text.get_text() for text in ax.texts),
        position=_place(ax),
        image_colors=tuple(tuple(map(colors.to_hex, _shades(image))) for image in ax.images),
    )


def _title(ax: Any) -> Any:
    """Returns the text that is an axes' title: in the middle, on the left or on the right."""
    titles = (ax.title, ax._left_title, ax._right_title)
    return next((title for title in titles if title.get_text()), ax.title)


def _place(ax: Any) -> tuple[float, ...]:
    """Returns the position of an axes in the whole figure, whatever subfigure or grid it belongs to."""
    locator = ax.get_axes_locator()
    box = locator(ax, None) if locator else ax.get_position()
    whole = ax.figure.transSubfigure - ax.get_figure(root=True).transFigure
    return tuple(float(value) for value in box.transformed(whole).bounds)


def _seen(ax: Any, image: Any) -> Any:
    """Returns an image's values from the top row down, as the axes shows them."""
    values = np.ma.filled(np.ma.asarray(image.get_array()))
    low, high = image.get_extent()[2:]
    first, last = (high, low) if image.origin == "upper" else (low, high)
    top = ax.get_ylim()[1]
    return values if abs(first - top) <= abs(last - top) else values[::-1].copy()


def _shades(image: Any) -> Any:
    """Returns the colours in which an image shows its lowest value, the middle and its highest value."""
    values = np.ma.asarray(image.get_array())
    low, high = (0.0, 1.0) if values.ndim == 3 or not values.size else (float(values.min()), float(values.max()))
    levels = (low, (low + high) / 2, high)
    return image.get_cmap()(levels if values.ndim == 3 else image.norm(levels))
