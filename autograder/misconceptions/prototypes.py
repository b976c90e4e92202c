"""Known mistakes in `compute_prototypes`."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

EQUATION = "Snell et al. 2017, equation 1"

MISTAKES = (
    # which mean
    Mistake(
        "sum",
        "You add the support points of a class up, but do not divide by their number.",
        source=EQUATION,
    ),
    Mistake(
        "divided_by_n_minus_1",
        "The sum is divided by one less than the number of support points. That is for a variance; a mean divides by "
        "their number.",
        source=EQUATION,
    ),
    Mistake(
        "divided_by_way",
        "The sum is divided by the number of classes instead of the number of support points of a class.",
        source=EQUATION,
    ),
    Mistake(
        "first_point",
        "Each prototype is the first support point of its class; the others are not used.",
        source=EQUATION,
    ),
    Mistake(
        "maximum",
        "You take the largest of the support points' values for each feature. A prototype is their mean.",
        source=EQUATION,
    ),
    Mistake(
        "median",
        "You take the median of the support points. A prototype is their mean, to which every point contributes.",
        source=EQUATION,
    ),
    Mistake(
        "moving_average",
        "Your average depends on the order of the support points: the later ones weigh more. In a mean they all count "
        "the same.",
        source=EQUATION,
    ),
    # over which points
    Mistake(
        "mean_over_classes",
        "You average over the classes: what is left has a row for each support point instead of each class.",
        next_step="Write down what each of the three dimensions stands for, and which of them has to go.",
        source=EQUATION,
    ),
    Mistake(
        "mean_over_features",
        "You average over the features of each embedding. A prototype is a point of the embedding space: it keeps all "
        "D values.",
        next_step="Write down what each of the three dimensions stands for, and which of them has to go.",
        source=EQUATION,
    ),
    Mistake(
        "mean_of_all",
        "Every class gets the same prototype, the mean over all classes. Only the points of its own class count.",
        source=EQUATION,
    ),
    Mistake(
        "classes_mixed",
        "Your reshape mixes the classes: a prototype averages points of several of them, as if the support points came "
        "first in the shape.",
        next_step="A reshape never reorders: use a dimension of the tensor as it is.",
    ),
    Mistake(
        "sorted_classes",
        "The prototypes are right, but in another order. Row k has to be the prototype of class k.",
    ),
    # nothing else
    Mistake(
        "normalised_embeddings",
        "You scale the embeddings to length 1 before the mean. Prototypical Networks use them as they are.",
        source=EQUATION,
    ),
    Mistake(
        "normalised_prototypes",
        "You scale the prototypes to length 1. Squared distances to them are then no longer those to the class mean.",
        source=EQUATION,
    ),
    Mistake(
        "relative_to_the_centre",
        "You subtract the mean of all prototypes: they move, while the queries that are compared with them do not.",
    ),
    Mistake(
        "clipped",
        "Your prototypes are limited to a range. Classes whose mean lies outside of it are in the wrong place.",
    ),
    # shape and dtype
    Mistake(
        "kept_dimension",
        "The dimension of the support points is still there, with length 1. Prototypes have the shape (n_way, D).",
    ),
    Mistake(
        "squeezed",
        "A squeeze drops every dimension of length 1: with a single class or a single feature your result loses one "
        "too many.",
        next_step="The mean already removes the one dimension that has to go.",
    ),
    Mistake(
        "squeezed_before",
        "You drop dimensions of length 1 before the mean: with one support point for each class, the mean then runs "
        "over the features.",
    ),
    Mistake(
        "float32_inside",
        "You compute in float32 and convert back: float64 embeddings lose their precision on the way.",
        next_step="Convert nothing; the dtype comes from the input.",
    ),
    Mistake(
        "float32_returned",
        "You return float32 whatever comes in. Prototypes have the dtype of the embeddings.",
        next_step="Convert nothing; the dtype comes from the input.",
    ),
    Mistake(
        "always_float64",
        "You return float64 whatever comes in. Prototypes have the dtype of the embeddings.",
        next_step="If you compute in float64, convert back to the dtype of the input.",
    ),
    Mistake(
        "complex_answer",
        "You return complex numbers. Prototypes are real, of the dtype of the embeddings.",
    ),
    # gradients and the caller
    Mistake(
        "detached",
        "No gradient reaches the support points: the encoder could not learn from them.",
        next_step="Look for detach, .data, .item() or no_grad.",
    ),
    Mistake(
        "summed_in_place",
        "You add the points up inside the tensor that you were given: the caller's embeddings are different after the "
        "call.",
        next_step="Slices share memory with their tensor, and += writes into it: make a new one.",
    ),
    Mistake(
        "view_of_memory",
        "You use view, which fails for tensors whose memory is not contiguous, such as a transpose.",
        next_step="Use reshape, or no reshape at all.",
    ),
)
