"""Counts epochs from 0."""
# points at: count from 1


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure, (left, right) = plt.subplots(1, 2)
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(len(values)), values, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
