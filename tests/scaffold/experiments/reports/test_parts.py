"""The parts of a page."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_drawings_stand_in_a_row_in_dark_ink() -> None:
    import base64
    import io

    from experiments.reports.parts import handwriting
    from PIL import Image

    drawings = torch.zeros(2, 3, 5, dtype=torch.uint8)
    drawings[1, 2, 4] = 255
    shown = handwriting(drawings, 'so-called "ink"')
    assert shown.alt == 'so-called "ink"'
    content = base64.b64decode(shown.source.partition("base64,")[2])
    image = Image.open(io.BytesIO(content)).convert("L")
    assert image.size == (4 * (5 + 4 + 5), 4 * 3)
    dark = [(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) < 128]
    assert (min(dark), max(dark), len(dark)) == ((52, 8), (55, 11), 16)
