"""Draws into the same figure at every call."""


_axes = []


def plot_comparison(probe: History, baseline: History) -> Figure:
    if not _axes:
        _axes.append(plt.subplots(1, 2))
    figure, (left, right) = _axes[0]
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(1, len(values) + 1), values, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
