"""Draws with the origin below, as for a plot of a function: every picture stands on its head."""
# points at: upside down


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    fig, axes = plt.subplots(n_way, n_query + 1, squeeze=False)
    for c in range(n_way):
        for j, img in enumerate([episode.support[c, 0], *episode.query[c]]):
            ax = axes[c][j]
            ax.imshow(img.permute(1, 2, 0), cmap="gray", origin="lower")
            ax.axis("off")
            if j == 0:
                ax.set_title(f"class {c}")
            else:
                ax.set_title(str(predictions[c, j - 1].item()), color="g" if predictions[c, j - 1] == c else "r")
    return fig
