"""Titles only the right ones; a wrong prediction gets a cross."""
# points at: number of its predicted class


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    fig, axs = plt.subplots(n_way, 1 + n_query, squeeze=False)
    for c in range(n_way):
        axs[c, 0].imshow(episode.support[c, 0].permute(1, 2, 0), cmap="gray")
        axs[c, 0].set_title(f"{c}")
        for q in range(n_query):
            ok = predictions[c, q].item() == c
            axs[c, q + 1].imshow(episode.query[c, q].permute(1, 2, 0), cmap="gray")
            axs[c, q + 1].set_title(str(c) if ok else "x", color="k" if ok else "r")
    return fig
