"""What to show: predictions as images, accuracies with intervals, two classifiers side by side.

Prototypical Networks (Snell et al. 2017, arXiv 1703.05175, section 3) reports the mean accuracy over many episodes with
a 95 % confidence interval; SimCLR (Chen et al. 2020, arXiv 2002.05709) compares a linear probe with training from
scratch.

Next: nothing. Train both with `make train` and read your report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

if TYPE_CHECKING:
    from stages.episodes import Episode
    from stages.linear_eval import History


def plot_predictions(episode: Episode, predictions: Tensor) -> Figure:
    """Shows an episode and what was predicted for it: a row of images for every class.

    The figure is a grid of n_way rows and 1 + n_query columns. The first image of row c is the first support image of
    class c, titled with its class; the others are all queries of class c in order, each titled with the class that was
    predicted for it. Titles of correct predictions share one colour, which no title of a wrong prediction has.

    Args:
        episode: support (n_way, n_support, C, H, W) and query (n_way, n_query, C, H, W), values in [0, 1]. C is 1,
            shown in shades of grey in which light and dark can be told apart, or 3, shown in colour. Each of n_way,
            n_support and n_query may be 1.
        predictions: (n_way, n_query) int64, as in `EpisodeOutput`. Neither it nor the images are modified.

    Returns:
        The figure. Its axes are in reading order, one image in each, the right way up; the title of a query is the
        number of its predicted class and nothing else, such as "3"; the title of a support image contains the number of
        its class.

    Example:
        For a 5-way episode with 4 queries it is a grid of 5 x 5; if query 1 of class 0 was classified as class 3, the
        third image of the first row is titled "3", in red, say, where the correct ones are green.
    """
    ### BEGIN SOLUTION
    n_way, n_query = predictions.shape
    figure, axes = plt.subplots(
        n_way, 1 + n_query, figsize=(1.1 * (1 + n_query), 1.3 * n_way), squeeze=False, layout="constrained"
    )
    for c in range(n_way):
        images = [episode.support[c, 0], *episode.query[c]]
        for axis, image in zip(axes[c], images, strict=True):
            axis.imshow(image.detach().cpu().permute(1, 2, 0).numpy(), cmap="gray_r", vmin=0, vmax=1)  # (H, W, C)
            axis.set_axis_off()
        axes[c, 0].set_title(f"class {c}", fontweight="bold")
        for axis, predicted in zip(axes[c, 1:], predictions[c].tolist(), strict=True):
            axis.set_title(str(predicted), color="tab:green" if predicted == c else "tab:red")
    return figure
    ### END SOLUTION


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    """The mean of many accuracies and the half width of its 95 % confidence interval.

        mean ± 1.96 s / sqrt(n), with s the sample standard deviation (divided by n - 1)

    Args:
        accuracies: n >= 2 numbers, one per episode; a list, or a tensor (n,).

    Returns:
        (mean, half width), two Python floats: fractions as the accuracies are.

    Raises:
        ValueError: there are fewer than two numbers.

    Example:
        [0.5, 0.7, 0.9] have the mean 0.7 and s = 0.2: the half width is 1.96 * 0.2 / sqrt(3) = 0.2263.
    """
    ### BEGIN SOLUTION
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError(f"an interval needs at least two accuracies, got {len(values)}")
    return values.mean().item(), 1.96 * values.std(correction=1).item() / len(values) ** 0.5
    ### END SOLUTION


def plot_comparison(probe: History, baseline: History) -> Figure:
    """Compares two trainings by epoch: accuracy on the left, loss on the right.

    Both axes hold four labelled lines: the probe's and the baseline's, each on training and on validation data. Epochs
    count from 1. The two trainings may have different numbers of epochs.

    Args:
        probe: the history of the linear probe.
        baseline: the history of the network trained from scratch.

    Returns:
        A new figure of two axes. Their y labels contain "accuracy" and "loss", their x labels "epoch". Each has a
        legend of four entries: "probe train", "probe validation", "baseline train" and "baseline validation".

    Example:
        A probe with the validation accuracies [0.5, 0.6] is a line through (1, 0.5) and (2, 0.6) on the left.
    """
    ### BEGIN SOLUTION
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, quantity in zip(axes, ("accuracy", "loss"), strict=True):
        for name, history, color in (("probe", probe, "tab:blue"), ("baseline", baseline, "tab:orange")):
            for split, key, style in (("train", "train", "--"), ("validation", "val", "-")):
                values = getattr(history, f"{key}_{quantity}")
                axis.plot(range(1, len(values) + 1), values, style, color=color, label=f"{name} {split}")
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.legend()
    return figure
    ### END SOLUTION
