"""A legend on the right only."""
# points at: legend
# mistake: no_legend


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure, (left, right) = plt.subplots(1, 2)
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(1, len(values) + 1), values, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
    right.legend()
    return figure
