"""What a report is made of, as data. `page.html` draws it; a page needs no other file, no address and no script.

Texts are plain: the template escapes them and sets `…` as code. Only a `Markup` passes through as it is.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jinja2
import matplotlib
import torch
from markupsafe import Markup, escape
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from experiments.reports.charts import theme


class Part:
    """Something in a section; `page.html` has a branch for each `kind`."""

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self).__name__


@dataclass(frozen=True)
class Text(Part):
    """A paragraph, a remark in small print, or a heading of the third level."""

    text: str
    style: Literal["", "note", "heading"] = ""


@dataclass(frozen=True)
class Group(Part):
    """Parts one after the other, in a block that holds together, or side by side where there is room."""

    parts: Sequence[Part | str]
    layout: Literal["plain", "block", "beside"] = "plain"


@dataclass(frozen=True)
class Photo(Part):
    """An image as a data address, and what it shows."""

    source: str
    alt: str


@dataclass(frozen=True)
class Chart(Part):
    """A chart of the reports' own as SVG, which is dark where the page is; `title` stands above it."""

    svg: Markup
    caption: str
    title: str


@dataclass(frozen=True)
class Picture(Part):
    """A figure that a stage has drawn, on a light ground also in a dark page."""

    photo: Photo
    caption: str


@dataclass(frozen=True)
class Table(Part):
    """A table; the first cell of a row is its heading.

    Attributes:
        header: of the columns.
        rows: the cells.
        numbers: the columns to align right.
        main: the column to read first.
        caption: what the table holds, for those who cannot see where it stands.
        style: "long" has much text and scrolls sideways on a phone; in a "steady" one the rows' headings do not break.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    caption: str
    main: int = -1
    style: str = ""


class Setting(NamedTuple):
    """A name and its value; `usual` is the value that it has if nobody asks for another, if that differs."""

    name: str
    value: str
    usual: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Settings(Part):
    """A table of names and values, with a column for their meanings if `explained`."""

    rows: Sequence[Setting]
    explained: bool = False


@dataclass(frozen=True)
class Command(Part):
    """A command, whose lines break only between words."""

    text: str


class Tile(NamedTuple):
    """A result: a large number with its interval, its name, and the paper's figure."""

    value: str
    interval: str
    name: str
    paper: str


@dataclass(frozen=True)
class Tiles(Part):
    """Results as tiles."""

    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Neighbours(Part):
    """A photograph, the name of its class, and its nearest neighbours: photograph, class, whether it is the same."""

    query: Photo
    name: str
    nearest: Sequence[tuple[Photo, str, bool]]


@dataclass(frozen=True)
class Views(Part):
    """A photograph and pairs of views of it."""

    photo: Photo
    pairs: Sequence[Sequence[Photo]]


class Mixup(NamedTuple):
    """Two classes that are confused: drawings and name of each, and how often each is taken for the other."""

    drawings: Sequence[Photo]
    names: Sequence[str]
    shares: Sequence[str]


@dataclass(frozen=True)
class Mixups(Part):
    """Pairs of classes, as cards."""

    pairs: Sequence[Mixup]


@dataclass(frozen=True)
class Matrix(Part):
    """A confusion matrix: the names of its classes, and the share of its row that each cell holds."""

    title: str
    names: Sequence[str]
    shares: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Section:
    """A section of a page; without parts it is left out, and a part that is None or empty, too."""

    title: str
    parts: Sequence[Part | str | None]

    @property
    def id(self) -> str:
        """The name that links to the section use."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def note(text: str) -> Text:
    """Returns a remark in small print."""
    return Text(text, "note")


def picture(figure: Figure, caption: str, alt: str, pixels: bool = False) -> Picture:
    """Returns a figure that a stage has drawn, and closes it.

    Args:
        figure: the figure.
        caption: what to see in it, shown below.
        alt: the same for someone who cannot see it.
        pixels: it holds images: PNG, not SVG.
    """
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "experiments"}):
        if pixels:
            figure.savefig(buffer, format="png", dpi=110)
        else:
            figure.savefig(buffer, format="svg", metadata={"Date": None})
    if "matplotlib.pyplot" in sys.modules:  # a stage may have drawn with it
        sys.modules["matplotlib.pyplot"].close(figure)
    return Picture(_photo(buffer, alt, "png" if pixels else "svg+xml"), caption)


def chart(figure: Figure, caption: str, alt: str, title: str = "") -> Chart:
    """Returns a chart drawn in `charts/theme.py`'s STYLE; `alt` says what it shows, with its numbers."""
    return Chart(Markup(theme.svg(figure, alt)), caption, title)


def photograph(image: Tensor, alt: str) -> Photo:
    """Returns an image (3, H, W) uint8."""
    buffer = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(buffer, format="png", optimize=True)
    return _photo(buffer, alt)


def handwriting(drawings: Tensor, alt: str) -> Photo:
    """Returns drawings (N, H, W) uint8, ink 255, in a row: dark ink on light; the page inverts it where it is dark."""
    row = torch.nn.functional.pad(drawings, (0, 4)).permute(1, 0, 2).flatten(1)[:, :-4]  # (H, N (W + 4) - 4)
    large = row.repeat_interleave(4, 0).repeat_interleave(4, 1)  # so that a browser shrinks it, and blurs nothing
    buffer = io.BytesIO()
    Image.fromarray((255 - large).numpy()).quantize(4).save(buffer, format="png", optimize=True)
    return _photo(buffer, alt)


def _photo(buffer: io.BytesIO, alt: str, kind: str = "png") -> Photo:
    return Photo(f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}", alt)


def settings(
    values: Mapping[str, Any], texts: Mapping[str, str] | None = None, usual: Mapping[str, Any] | None = None
) -> Settings:
    """Returns names and values, such as a configuration.

    Args:
        values: the values by name.
        texts: what the names mean.
        usual: the default values; a value that differs is marked.
    """
    rows = []
    for name, value in values.items():
        shown, default = _plain(value), _plain((usual or {}).get(name, value))
        rows.append(Setting(name, shown, default if default != shown else "", (texts or {}).get(name, "")))
    return Settings(rows, explained=texts is not None)


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def percent(value: float, half_width: float | None = None, digits: int = 1) -> str:
    """Returns a fraction as a percentage, with the half width of its interval if there is one."""
    text = f"{100 * value:.{digits}f}"
    return f"{text}\u00a0%" if half_width is None else f"{text}\u00a0±\u00a0{100 * half_width:.{digits}f}\u00a0%"


def _code(text: str) -> Markup:
    """Escapes plain text and sets `…` as code; leaves a `Markup` alone."""
    return text if isinstance(text, Markup) else Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))


ENVIRONMENT = jinja2.Environment(
    autoescape=True,
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["code"] = _code


def write(path: Path, title: str, lead: Sequence[str], sections: Sequence[Section]) -> Path:
    """Writes a page and returns its path; `lead` are the paragraphs at its head, of which empty ones are left out."""
    shown = [section for section in sections if any(section.parts)]
    page = ENVIRONMENT.get_template("page.html").render(title=title, lead=[*filter(None, lead)], sections=shown)
    path.write_text(page, encoding="utf-8")
    return path
