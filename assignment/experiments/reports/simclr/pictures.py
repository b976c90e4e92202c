"""The sections of the SimCLR report that show photographs: nearest neighbours, maps, views."""

from __future__ import annotations

from typing import Any

from experiments.data.cifar10 import CIFAR_CLASSES
from experiments.reports.charts.embedding import embedding_chart
from experiments.reports.parts import Group, Neighbours, Part, Section, Text, Views, chart, note, percent, photograph
from experiments.reports.record import Record


def what_it_sees(record: Record) -> list[Section]:
    """Returns the pictures: nearest neighbours, maps, views; one sentence if the run kept none."""
    if not record.artifacts:
        missing = "This run kept no photographs and no embeddings; train again to see them here."
        return [Section("Photographs", [note(missing)])]
    return [
        Section("Nearest neighbours", _neighbours(record.artifacts.get("neighbours"))),
        Section("Map of the representations", _maps(record.artifacts.get("maps"))),
        Section("Two views", _views(record.artifacts.get("views"))),
    ]


def _neighbours(shown: dict[str, Any] | None) -> list[Part]:
    if not shown:
        return []
    rows: list[Part] = []
    for index, label in enumerate(shown["query_labels"].tolist()):
        name = CIFAR_CLASSES[label]
        query = photograph(shown["queries"][index], f"Photograph: {name}")
        nearest = []
        for j, other in enumerate(shown["nearest_labels"][index].tolist()):
            kind, similarity = CIFAR_CLASSES[other], float(shown["similarities"][index, j])
            image = photograph(shown["nearest"][index, j], f"Neighbour {j + 1}: {kind}, cosine {similarity:.2f}")
            nearest.append((image, kind, other == label))
        rows.append(Neighbours(query, name, nearest))
    k = shown["nearest"].shape[1]
    return [
        Text(
            f"Of the {k} nearest neighbours, {percent(shown['share'], digits=0)} show the same class; before "
            f"pretraining {percent(shown['share_before'], digits=0)}, by chance 10\u00a0%."
        ),
        *rows,
        note(
            f"Left: the first test photograph of each class. Then: the {k} most similar of {shown['among']:,} test "
            "photographs, by the cosine similarity of their representations; ✗ marks another class."
        ),
    ]


def _maps(shown: dict[str, Any] | None) -> list[Part]:
    if not shown:
        return []
    parts = []
    for key, title in (("before", "Before pretraining"), ("after", "After pretraining")):
        share = percent(shown[f"nearest_{key}"], digits=0)
        parts.append(
            chart(
                embedding_chart(shown[key], shown["labels"], CIFAR_CLASSES),
                f"Nearest neighbour of the same class: {share}.",
                f"Map of {len(shown['labels'])} test photographs by their representations, {title.lower()}: the "
                f"nearest neighbour of {share} of them is of the same class.",
                title,
            )
        )
    return [
        Group(parts, "beside"),
        note(
            "Each point is a photograph, each colour a class. t‑SNE of the encoder’s features: points that are close "
            "on the map were close before; how far apart groups lie means little."
        ),
    ]


def _views(shown: dict[str, Any] | None) -> list[Part]:
    if not shown:
        return []
    rows: list[Part] = []
    for index, photo in enumerate(shown["photos"]):
        views = shown["views"][index]
        pairs = [
            [
                photograph(view, f"Photograph {index + 1}, pair {pair + 1}, view {number}")
                for number, view in enumerate(views[2 * pair : 2 * pair + 2], 1)
            ]
            for pair in range(len(views) // 2)
        ]
        original = photograph(photo, f"Photograph {index + 1}, unchanged")
        rows.append(Views(original, pairs))
    return [
        *rows,
        note(
            "Left: a photograph. Then: pairs of random views of it, cropped, flipped and changed in colour. "
            "Pretraining pulls the two views of a pair together, and pushes them away from the views of "
            "every other photograph."
        ),
    ]
