"""A Figure of its own, lines with markers, line by line."""


def plot_comparison(probe: History, baseline: History) -> Figure:
    figure = Figure(figsize=(9, 3))
    accuracy_axes, loss_axes = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    for history, name, marker in ((baseline, "baseline", "s"), (probe, "probe", "o")):
        epochs = [i + 1 for i in range(len(history.train_loss))]
        accuracy_axes.plot(epochs, history.train_accuracy, marker=marker, label=name + " train")
        accuracy_axes.plot(epochs, history.val_accuracy, marker=marker, label=name + " validation")
        loss_axes.plot(epochs, history.train_loss, marker=marker, label=name + " train")
        loss_axes.plot(epochs, history.val_loss, marker=marker, label=name + " validation")
    for axes, title in ((accuracy_axes, "Accuracy"), (loss_axes, "Loss (cross-entropy)")):
        axes.set(xlabel="Epoch", ylabel=title, title=title)
        axes.legend(loc="best")
    return figure
