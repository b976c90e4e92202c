"""The limits of the grey values are equal, and every picture is a blank square."""
# points at: shades of grey


def plot_predictions(episode: Episode, predictions: Tensor) -> Figure:
    n_way, n_query = predictions.shape
    figure, axes = plt.subplots(n_way, 1 + n_query, squeeze=False)
    for c in range(n_way):
        for i, picture in enumerate([episode.support[c, 0], *episode.query[c]]):
            axes[c, i].imshow(picture.permute(1, 2, 0), cmap="gray", vmin=1, vmax=1)
        axes[c, 0].set_title(f"class {c}")
        for i, k in enumerate(predictions[c].tolist()):
            axes[c, i + 1].set_title(str(k), color="green" if k == c else "red")
    return figure
