"""All eight lines in one axes."""
# points at: two axes


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure, left = plt.subplots()
    right = left
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(1, len(values) + 1), values, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
