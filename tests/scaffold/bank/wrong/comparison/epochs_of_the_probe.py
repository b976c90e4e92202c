"""Both histories over the probe's epochs."""
# points at: baseline's history


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure, (left, right) = plt.subplots(1, 2)
    for axis, quantity in ((left, "accuracy"), (right, "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for split, key in (("train", "train"), ("validation", "val")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(1, len(probe.train_loss) + 1), values[: len(probe.train_loss)], label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
