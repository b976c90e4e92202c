"""Uses the ImageGrid of mpl_toolkits, whose hidden axes for colour bars are nobody's pictures."""

from mpl_toolkits.axes_grid1 import ImageGrid


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    fig = plt.figure(figsize=(1.2 * (n_query + 1), 1.4 * n_way))
    grid = ImageGrid(fig, 111, nrows_ncols=(n_way, n_query + 1), axes_pad=(0.05, 0.3))
    images = torch.cat([episode.support[:, :1], episode.query], dim=1).flatten(0, 1)
    for number, (ax, image) in enumerate(zip(grid, images)):
        c, column = divmod(number, n_query + 1)
        ax.imshow(image.numpy().transpose(1, 2, 0), cmap="binary", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        if column == 0:
            ax.set_title(f"class {c}", fontsize=8)
        else:
            k = int(predictions[c, column - 1])
            ax.set_title(k, fontsize=8, color=(0.0, 0.5, 0.0) if k == c else (0.8, 0.0, 0.0))
    return fig
