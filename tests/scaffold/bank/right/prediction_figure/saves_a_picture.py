"""Sets matplotlib up globally, saves the figure into a temporary file and returns it."""

import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
plt.rcParams.update({"figure.dpi": 50, "font.size": 7})


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    with plt.style.context("ggplot"):
        figure, axes = plt.subplots(n_way, n_query + 1, squeeze=False)
        for (row, column), axis in np.ndenumerate(axes):
            axis.set(xticks=[], yticks=[])
            picture = episode.support[row, 0] if column == 0 else episode.query[row, column - 1]
            axis.imshow(picture.movedim(0, -1), cmap="gray", vmin=0, vmax=1)
            if column == 0:
                axis.set_title(f"Class {row}")
            else:
                answer = int(predictions[row, column - 1])
                axis.set_title(f"{answer}", color="darkgreen" if answer == row else "crimson")
    figure.savefig(Path(tempfile.mkdtemp()) / "predictions.png")
    return figure


import numpy as np
