"""Makes a column for each class."""
# points at: a row for each class


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    figure, axes = plt.subplots(1 + n_query, n_way, squeeze=False)
    for c in range(n_way):
        axes[0, c].imshow(episode.support[c, 0].permute(1, 2, 0).numpy(), cmap="gray")
        axes[0, c].set_title(f"class {c}")
        for i in range(n_query):
            axes[1 + i, c].imshow(episode.query[c, i].permute(1, 2, 0).numpy(), cmap="gray")
            color = "green" if predictions[c, i] == c else "red"
            axes[1 + i, c].set_title(str(int(predictions[c, i])), color=color)
    return figure
