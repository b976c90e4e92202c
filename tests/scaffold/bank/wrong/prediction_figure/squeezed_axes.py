"""Forgets that subplots drops a dimension of length one: a single class or a single column fails."""
# points at: too many indices


def plot_predictions(episode: Episode, predictions: Tensor) -> Figure:
    n_way, n_query = predictions.shape
    figure, axes = plt.subplots(n_way, 1 + n_query)
    for c in range(n_way):
        for i, picture in enumerate([episode.support[c, 0], *episode.query[c]]):
            axes[c, i].imshow(picture.permute(1, 2, 0), cmap="gray")
        axes[c, 0].set_title(f"class {c}")
        for i, k in enumerate(predictions[c].tolist()):
            axes[c, i + 1].set_title(str(k), color="green" if k == c else "red")
    return figure
