"""Makes a subfigure for every row, with titles on the left and colours as hex codes."""


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    fig = plt.figure(figsize=(2 * (1 + n_query), 2 * n_way))
    subfigures = np.atleast_1d(fig.subfigures(n_way, 1))
    for c, subfigure in enumerate(subfigures):
        row = np.atleast_1d(subfigure.subplots(1, 1 + n_query))
        row[0].imshow(to_numpy(episode.support[c, 0]), cmap="gray")
        row[0].set_title(f"Class {c}", loc="left")
        for i, ax in enumerate(row[1:]):
            k = predictions[c, i].item()
            ax.imshow(to_numpy(episode.query[c, i]), cmap="gray")
            ax.set_title(f"{k}", loc="left", color={True: "#2ca02c", False: "#d62728"}[k == c])
    return fig


def to_numpy(image):
    return np.squeeze(np.moveaxis(np.asarray(image), 0, -1))


import numpy as np
