"""Imports other stages when it runs, and a table with settings from a file of its own."""

from stages.linear_eval import History
from stages.settings import COLOURS, SPLITS


def plot_comparison(probe: History, baseline: History) -> Figure:
    probe, baseline = History(*probe), History(*baseline)
    figure, (left, right) = plt.subplots(ncols=2)
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in {"probe": probe, "baseline": baseline}.items():
            for split, (word, style) in SPLITS.items():
                values = history._asdict()[f"{split}_{quantity}"]
                epochs = torch.arange(1, len(values) + 1)
                axis.plot(epochs, values, style, color=COLOURS[name], label=f"{name} {word}")
        axis.set(xlabel="epoch", ylabel=quantity)
        axis.legend()
    return figure


# file: settings.py
"""How lines look."""

COLOURS = {"probe": "C0", "baseline": "C1"}
SPLITS = {"train": ("train", "--"), "val": ("validation", "-")}
