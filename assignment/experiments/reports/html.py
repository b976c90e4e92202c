"""The parts of an HTML page that holds everything it shows: no file beside it, no address outside it, no script."""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Sequence
from html import escape as escape
from pathlib import Path
from string import Template
from typing import Any, Literal

import matplotlib
import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from experiments.reports.charts import theme

Width = Literal["narrow", "full", "wide"]


def picture(figure: Figure, caption: str, alt: str, width: Width = "narrow", pixels: bool = False) -> str:
    """Returns a figure that a stage has drawn as HTML, as it is: on a light ground, also in a dark page.

    Args:
        figure: the figure; it is closed.
        caption: what to see in it, shown below; HTML.
        alt: the same for someone who cannot see it.
        width: "narrow" or "full" on a large screen; "wide" is full, and on a phone scrolls sideways instead of
            shrinking until its text cannot be read.
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
    image = _img("image/png" if pixels else "image/svg+xml", buffer.getvalue(), alt)
    focus = f' tabindex="0" role="region" aria-label="{_attribute(alt)}"' if width == "wide" else ""
    return f'<figure class="{width}"><div class="scroll"{focus}>{image}</div>{_caption(caption)}</figure>'


def drawing(figure: Figure, caption: str, alt: str, title: str = "") -> str:
    """Returns a chart of the reports' own as HTML; it is dark where the page is.

    Args:
        figure: the figure, drawn in `charts/theme.py`'s STYLE.
        caption: what to see in it, shown below; HTML.
        alt: what it says, with its numbers.
        title: shown above, as a heading.
    """
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    return f'<figure class="chart">{heading}{theme.svg(figure, alt)}{_caption(caption)}</figure>'


def _caption(text: str) -> str:
    return f"<figcaption>{text}</figcaption>" if text else ""


def _img(kind: str, content: bytes, alt: str) -> str:
    return f'<img src="data:{kind};base64,{base64.b64encode(content).decode()}" alt="{_attribute(alt)}">'


def _attribute(text: str) -> str:
    return escape(text, quote=True)


def photograph(image: Tensor, alt: str) -> str:
    """Returns an image (3, H, W) uint8 as HTML."""
    buffer = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(buffer, format="png", optimize=True)
    return _img("image/png", buffer.getvalue(), alt)


def handwriting(drawings: Tensor, alt: str) -> str:
    """Returns drawings (N, H, W) uint8, ink 255, in a row as HTML: dark ink on light, and light on dark in a dark page.

    Args:
        drawings: the drawings.
        alt: what they show.
    """
    row = torch.nn.functional.pad(drawings, (0, 4)).permute(1, 0, 2).flatten(1)[:, :-4]  # (H, N (W + 4) - 4)
    large = row.repeat_interleave(4, 0).repeat_interleave(4, 1)  # so that a browser shrinks it, and blurs nothing
    buffer = io.BytesIO()
    Image.fromarray((255 - large).numpy()).quantize(4).save(buffer, format="png", optimize=True)
    return _img("image/png", buffer.getvalue(), alt)


def beside(*parts: str) -> str:
    """Returns parts side by side where there is room for it, as HTML; one alone keeps its width."""
    return f'<div class="beside">{"".join(parts)}</div>'


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int],
    main: int = -1,
    caption: str = "",
    long: bool = False,
    steady: bool = False,
) -> str:
    """Returns a table of HTML cells; the first cell of a row is its heading.

    Args:
        header: of the columns.
        rows: the cells.
        numbers: the columns to align right.
        main: the column to read first.
        caption: what the table holds, for those who cannot see where it stands.
        long: there is much text in it: on a phone it scrolls sideways.
        steady: the headings of its rows are short and stay on one line.
    """

    def cell(column: int, text: str, in_header: bool) -> str:
        classes = ["number"] * (column in numbers) + ["main"] * (column == main and not in_header)
        kind = f' class="{" ".join(classes)}"' if classes else ""
        if in_header:
            return f'<th scope="col"{kind}>{text}</th>'
        return f'<th scope="row"{kind}>{text}</th>' if column == 0 else f"<td{kind}>{text}</td>"

    head = "".join(cell(i, text, True) for i, text in enumerate(header))
    body = "".join("<tr>" + "".join(cell(i, text, False) for i, text in enumerate(row)) + "</tr>\n" for row in rows)
    names = ["long"] * long + ["steady"] * steady
    kind = f' class="{" ".join(names)}"' if names else ""
    label = caption or " by ".join(filter(None, (re.sub(r"<[^>]*>", "", header[-1]), header[0])))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_attribute(label)}">'
        f"<table{kind}>"
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def settings(values: dict[str, Any], texts: dict[str, str] | None = None, usual: dict[str, Any] | None = None) -> str:
    """Returns a table of names and values, such as a configuration.

    Args:
        values: the values by name.
        texts: what the names mean.
        usual: the values that they have if nobody asks for others; a value that differs is marked.
    """
    rows = []
    for name, value in values.items():
        text = escape(_plain(value))
        if usual and name in usual and _plain(usual[name]) != _plain(value):
            text = f"<strong>{text}</strong> <small>instead of {escape(_plain(usual[name]))}</small>"
        note = f'<td class="note">{with_code(texts.get(name, ""))}</td>' if texts else ""
        rows.append(f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{text}</td>{note}</tr>\n')
    columns = ("name", "value", *(("meaning",) if texts else ()))
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return f'<table class="settings"><thead><tr>{head}</tr></thead>\n<tbody>{"".join(rows)}</tbody></table>'


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def with_code(text: str) -> str:
    """Returns plain text as HTML, with `…` as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def note(text: str) -> str:
    """Returns a remark (HTML) as a paragraph."""
    return f'<p class="note">{text}</p>'


def section(title: str, *parts: str) -> str:
    """Returns a section as HTML, or nothing if all its parts are empty."""
    if not any(parts):
        return ""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return f'<section id="{name}"><h2>{escape(title)}</h2>{"".join(parts)}</section>\n'


def contents(body: str) -> str:
    """Returns links to the sections of a page's body."""
    found = re.findall(r'<section id="([^"]*)"><h2>(.*?)</h2>', body)
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in found)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>' if len(found) > 1 else ""


def percent(value: float, half_width: float | None = None, digits: int = 1) -> str:
    """Returns a fraction as a percentage, with the half width of its interval if there is one."""
    text = f"{100 * value:.{digits}f}"
    return f"{text}\u00a0%" if half_width is None else f"{text}\u00a0±\u00a0{100 * half_width:.{digits}f}\u00a0%"


def write(path: Path, title: str, lead: str, body: str) -> Path:
    """Writes a page; `lead` and `body` are HTML."""
    here = Path(__file__).parent
    template = Template((here / "page.html").read_text(encoding="utf-8"))
    style = (here / "report.css").read_text(encoding="utf-8")
    values = {"title": escape(title), "lead": lead, "style": style, "contents": contents(body), "body": body}
    path.write_text(template.substitute(values), encoding="utf-8")
    return path
