"""A dictionary of styles, np.arange, a legend below, upper-case words, limits and a grid; the interval as numpy floats."""

import numpy as np


def confidence_interval(accuracies):
    x = np.asarray([float(a) for a in accuracies], dtype=np.float64)
    if len(x) < 2:
        raise ValueError("I need two accuracies or more")
    return x.mean(), 1.96 * x.std(ddof=1) / np.sqrt(len(x))


def plot_comparison(probe, baseline):
    fig = plt.figure(figsize=(12, 4))
    gs = fig.add_gridspec(1, 2, wspace=0.3)
    for column, quantity in enumerate(["accuracy", "loss"]):
        ax = fig.add_subplot(gs[0, column])
        for who, h, c in zip(["Probe", "Baseline"], [probe, baseline], ["#1f77b4", (1.0, 0.5, 0.0)]):
            for split, ls in [("train", "--"), ("val", "-")]:
                y = np.array(h._asdict()[f"{split}_{quantity}"])
                ax.plot(np.arange(len(y)) + 1, y, ls=ls, c=c, lw=2, label=f"{who} {'validation' if split == 'val' else split}")
        ax.set_title(quantity.capitalize())
        ax.set_xlabel("Epoch", fontsize=9)
        ax.set_ylabel(quantity.capitalize())
        ax.grid(alpha=0.3)
        ax.set_xlim(left=0)
    for ax in fig.axes:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=2)
    return fig
