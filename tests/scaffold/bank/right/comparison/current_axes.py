"""plt.figure and plt.subplot, tensors for the values, a line at the chance level."""


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure = plt.figure()
    for place, quantity in enumerate(["accuracy", "loss"], start=1):
        plt.subplot(1, 2, place)
        if quantity == "accuracy":
            plt.axhline(0.1, color="grey")
        for label, history in {"probe": probe, "baseline": baseline}.items():
            train = torch.tensor(getattr(history, "train_" + quantity))
            val = torch.tensor(getattr(history, "val_" + quantity))
            plt.plot(torch.arange(1, len(train) + 1), train, ":", label=f"{label} train")
            plt.plot(torch.arange(1, len(val) + 1), val, label=f"{label} validation")
        plt.xlabel("epochs")
        plt.ylabel("mean " + quantity)
        plt.legend()
    plt.tight_layout()
    return figure
