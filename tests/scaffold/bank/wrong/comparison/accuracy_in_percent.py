"""Accuracies in percent."""
# points at: 100 times
# mistake: in_percent


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure, (left, right) = plt.subplots(1, 2)
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                values = [100 * value for value in values] if quantity == "accuracy" else values
                axis.plot(range(1, len(values) + 1), values, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
