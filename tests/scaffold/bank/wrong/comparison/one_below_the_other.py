"""The loss stands below the accuracy, not beside it."""
# points at: side by side


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure, axes = plt.subplots(2)
    for axis, quantity in zip(axes, ("accuracy", "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(1, len(values) + 1), values, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
