"""Known mistakes of `comparison`: the confidence interval, and the figure of two trainings."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

MISTAKES = (
    # confidence_interval
    Mistake(
        "no_square_root",
        "Your half width does not shrink with the number of accuracies: it describes a single episode, not the mean of "
        "many.",
        next_step="Divide the standard deviation by the square root of n.",
    ),
    Mistake(
        "divided_by_n",
        "You divide the standard deviation by n. The uncertainty of a mean falls with the square root of n.",
    ),
    Mistake(
        "variance",
        "Your half width is built on the variance, the square of the standard deviation.",
    ),
    Mistake(
        "population_deviation",
        "Your standard deviation divides by n. That of a sample divides by n - 1, since its mean is estimated from the "
        "same numbers.",
    ),
    Mistake(
        "ninety_percent",
        "Your factor is smaller than that of a 95 % interval, as if it had to hold for 90 % only.",
    ),
    Mistake(
        "whole_width",
        "You return the whole width of the interval. The half width is what stands after the ±.",
    ),
    Mistake(
        "returns_bounds",
        "You return the two ends of the interval, not its mean and its half width.",
    ),
    Mistake(
        "median",
        "You return the median of the accuracies, not their mean.",
    ),
    Mistake(
        "in_percent",
        "You turn accuracies into percent; they have to stay the fractions they are.",
    ),
    Mistake(
        "returns_tensors",
        "You return tensors. Mean and half width are Python floats.",
        next_step="item() makes a Python number of a tensor.",
    ),
    Mistake(
        "lists_only",
        "Your confidence_interval takes a list only. The accuracies may also be a tensor.",
    ),
    Mistake(
        "one_number_accepted",
        "You accept fewer than two numbers. One number has no standard deviation: the half width becomes nan.",
        next_step="Raise a ValueError.",
    ),
    Mistake(
        "other_exception",
        "You refuse fewer than two numbers, but not with a ValueError, so a caller who expects one cannot catch it.",
    ),
    Mistake(
        "three_needed",
        "You refuse two accuracies. They are enough for a standard deviation; only fewer are not.",
    ),
    # plot_comparison
    Mistake(
        "returns_axes",
        "You return the axes, not the figure.",
    ),
    Mistake(
        "one_axes",
        "You draw accuracies and losses into the same axes. Each of the two has axes of its own.",
    ),
    Mistake(
        "another_panel",
        "Your figure has more than two axes.",
        next_step="Two are asked for: accuracy on the left, loss on the right.",
    ),
    Mistake(
        "one_below_the_other",
        "Your two axes stand one below the other. They should stand side by side.",
    ),
    Mistake(
        "loss_on_the_left",
        "Your two panels are swapped: the loss stands on the left and the accuracy on the right.",
    ),
    Mistake(
        "loss_twice",
        "Both of your panels show the losses.",
    ),
    Mistake(
        "histories_swapped",
        "Your labels are swapped: the lines of the probe are called baseline, and the other way round.",
    ),
    Mistake(
        "splits_swapped",
        "Your labels are swapped: the training series are called validation, and the other way round.",
    ),
    Mistake(
        "validation_only",
        "You draw the validation series only. The training series belong into both axes as well.",
    ),
    Mistake(
        "best_so_far",
        "You draw the best accuracy so far, not the accuracy of each epoch: your curves can never fall.",
    ),
    Mistake(
        "epochs_from_zero",
        "Your epochs count from 0. The first one is epoch 1.",
    ),
    Mistake(
        "epochs_of_the_probe",
        "You cut both trainings to the probe's number of epochs. The baseline may have another one.",
    ),
    Mistake(
        "squeezed_series",
        "Your figure fails where a training has a single epoch: its dimension is dropped, as squeeze() does.",
    ),
    Mistake(
        "no_labels",
        "Your lines have no labels, so nothing ties a line to its entry in the legend.",
        next_step="Pass label=… when you draw a line; the legend then finds it.",
    ),
    Mistake(
        "no_legend",
        "A legend is missing. Each of the two axes has its own.",
    ),
    Mistake(
        "no_axis_labels",
        "An axis has no label: y says which quantity it is, x that it is the epoch.",
    ),
    Mistake(
        "one_figure_for_all",
        "Every call draws into the same figure, so the lines of earlier comparisons stay in it.",
        next_step="Make a new figure in each call.",
    ),
    # nothing at all
    Mistake(
        "same_figure_for_all",
        "Your figure is the same whatever the histories hold.",
    ),
    Mistake(
        "raises_always",
        "Your functions raise an exception whatever they are given.",
    ),
)
