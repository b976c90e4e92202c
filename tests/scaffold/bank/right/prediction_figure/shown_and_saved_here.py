"""Calls plt.show as in a notebook, closes older figures, and saves the picture in the current folder."""


def plot_predictions(episode, predictions):
    plt.close("all")
    n_way, n_query = predictions.shape
    fig = plt.figure(figsize=(n_query + 1, n_way))
    grid = fig.add_gridspec(n_way, n_query + 1)
    for c in range(n_way):
        for q in range(n_query + 1):
            ax = fig.add_subplot(grid[c, q])
            ax.axis("off")
            image = episode.support[c][0] if q == 0 else episode.query[c][q - 1]
            ax.imshow(image.squeeze(0) if image.shape[0] == 1 else image.permute(1, 2, 0), cmap="Greys", vmin=0, vmax=1)
            if q == 0:
                ax.set_title("support %d" % c)
            else:
                guess = predictions[c][q - 1].item()
                ax.set_title(guess, color=("black", "red")[guess != c])
    fig.savefig("predictions.png", dpi=40)
    plt.show()
    return fig
