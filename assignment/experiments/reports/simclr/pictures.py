"""The sections of the SimCLR report that show photographs: nearest neighbours, maps, views."""

from __future__ import annotations

from typing import Any

from experiments.data.cifar10 import CIFAR_CLASSES
from experiments.reports import html
from experiments.reports.charts.embedding import embedding_chart
from experiments.reports.record import Record


def what_it_sees(record: Record) -> str:
    """Returns the pictures: nearest neighbours, maps, views; in a sentence what the run did not keep."""
    if not record.artifacts:
        missing = "This run kept no photographs and no embeddings; train again to see them here."
        return html.section("Photographs", html.note(missing))
    return (
        html.section("Nearest neighbours", _neighbours(record.artifacts.get("neighbours")))
        + html.section("Map of the representations", _maps(record.artifacts.get("maps")))
        + html.section("Two views", _views(record.artifacts.get("views")))
    )


def _neighbours(shown: dict[str, Any] | None) -> str:
    if not shown:
        return ""
    rows = []
    for index, label in enumerate(shown["query_labels"].tolist()):
        name = CIFAR_CLASSES[label]
        query = html.photograph(shown["queries"][index], f"Photograph: {name}")
        items = []
        for j, other in enumerate(shown["nearest_labels"][index].tolist()):
            kind, similarity = CIFAR_CLASSES[other], float(shown["similarities"][index, j])
            image = html.photograph(shown["nearest"][index, j], f"Neighbour {j + 1}: {kind}, cosine {similarity:.2f}")
            text = f"<span>{kind}</span>" if other == label else f"<span><b>✗</b> {kind}</span>"
            items.append(f"<li>{image}{text}</li>" if other == label else f'<li class="wrong">{image}{text}</li>')
        rows.append(f'<div class="neighbours"><div class="query">{query}<strong>{name}</strong></div>'
                    f'<ol class="strip">{"".join(items)}</ol></div>')  # fmt: skip
    k = shown["nearest"].shape[1]
    return (
        f"<p>Of the {k} nearest neighbours, {html.percent(shown['share'], digits=0)} show the same class; before "
        f"pretraining {html.percent(shown['share_before'], digits=0)}, by chance 10 %.</p>"
        + "".join(rows)
        + html.note(
            f"Left the first test photograph of each class, then the {k} most similar of {shown['among']:,} test "
            "photographs by the cosine of their representations; ✗ marks another class."
        )
    )


def _maps(shown: dict[str, Any] | None) -> str:
    if not shown:
        return ""
    parts = []
    for key, title in (("before", "Before pretraining"), ("after", "After pretraining")):
        share = html.percent(shown[f"nearest_{key}"], digits=0)
        parts.append(
            html.drawing(
                embedding_chart(shown[key], shown["labels"], CIFAR_CLASSES),
                f"Nearest neighbour of the same class: {share}.",
                f"Map of {len(shown['labels'])} test photographs by their representations, {title.lower()}: the "
                f"nearest neighbour of {share} of them is of the same class.",
                title,
            )
        )
    return html.beside(*parts) + html.note(
        "Each point is a photograph, each colour a class. t‑SNE of the encoder’s features: near on the map was near "
        "before; how far apart groups lie means little."
    )


def _views(shown: dict[str, Any] | None) -> str:
    if not shown:
        return ""
    rows = []
    for index, photo in enumerate(shown["photos"]):
        views = shown["views"][index]
        pairs = "".join(
            '<li class="pair">'
            + "".join(
                html.photograph(view, f"Photograph {index + 1}, pair {pair + 1}, view {number}")
                for number, view in enumerate(views[2 * pair : 2 * pair + 2], 1)
            )
            + "</li>"
            for pair in range(len(views) // 2)
        )
        original = html.photograph(photo, f"Photograph {index + 1} as it is")
        rows.append(f'<div class="views"><div class="query">{original}</div><ol class="strip">{pairs}</ol></div>')
    return "".join(rows) + html.note(
        "Left a photograph, then pairs of random views of it: cropped, mirrored, changed in colour. Pretraining wants "
        "the two of a pair alike, and unlike the views of any other photograph."
    )
