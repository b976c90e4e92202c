"""Known mistakes in `nt_xent_loss`."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

EQUATION = "Chen et al. 2020, equation 1"
ALGORITHM = "Chen et al. 2020, algorithm 1"

MISTAKES = (
    # the similarity
    Mistake(
        "not_normalised",
        "Your similarities are plain dot products, not cosines: the lengths of the projections count, and the loss can "
        "fall just because they grow.",
        next_step="Divide each row by its own length first.",
        source=ALGORITHM,
    ),
    Mistake(
        "euclidean_scores",
        "You score pairs by the distance between the projections. NT-Xent compares directions: the cosine similarity, "
        "which does not depend on lengths.",
        source=ALGORITHM,
    ),
    Mistake(
        "normalised_as_a_whole",
        "All projections are divided by one common number, the norm of the whole matrix. The cosine needs each row "
        "divided by its own length.",
        next_step="Take the norm along the feature dimension, one for each row.",
        source=ALGORITHM,
    ),
    Mistake(
        "normalised_over_the_batch",
        "You normalise each feature over the batch, not each projection over its features: rows keep different "
        "lengths, and dot products between them are no cosines.",
        next_step="Look at the `dim` of your normalisation, and at the lengths of the rows afterwards.",
        source=ALGORITHM,
    ),
    Mistake(
        "normalised_by_the_squared_norm",
        "Each row is divided by its squared length. A vector of length 2 becomes one of length 1/2, not 1, so that dot "
        "products are no cosines.",
        source=ALGORITHM,
    ),
    Mistake(
        "nan_for_zero_vectors",
        "A projection of zeros makes the loss nan: it is divided by its length, which is 0.",
        next_step="Keep the length away from 0, as torch's own normalisation does.",
    ),
    # the temperature
    Mistake(
        "temperature_multiplied",
        "Similarities are multiplied by the temperature instead of divided by it: a small temperature flattens the "
        "softmax where it should sharpen it.",
        source=EQUATION,
    ),
    Mistake(
        "temperature_twice",
        "Similarities are divided by the temperature twice, so that it acts as its square.",
        next_step="Look for a second division, on the vectors or on the scores.",
        source=EQUATION,
    ),
    Mistake(
        "temperature_ignored",
        "The temperature that is passed has no effect: your loss divides by a constant.",
        source=EQUATION,
    ),
    Mistake(
        "default_temperature_of_0_1",
        "Without a temperature your loss uses another default than the stage's signature gives.",
        next_step="Compare your signature with the one in the docstring.",
    ),
    # the sum
    Mistake(
        "self_similarity_kept",
        "Each anchor is compared with itself: exp(1/t) stays in the sum, although it runs over the other views only.",
        next_step="Leave the diagonal out, for instance by setting it to -inf.",
        source=EQUATION,
    ),
    Mistake(
        "diagonal_set_to_zero",
        "Each anchor's similarity to itself is replaced by a finite number, not left out: the exponential of that "
        "number still counts in the sum.",
        next_step="What has to stand on the diagonal for its exponential to be 0 at every temperature?",
        source=EQUATION,
    ),
    Mistake(
        "only_other_half_as_negatives",
        "Each anchor is compared with the views of the other half only, as in CLIP. The other views of its own half "
        "are negatives, too.",
        next_step="Stack both halves and compare all 2B views with each other.",
        source=EQUATION,
    ),
    Mistake(
        "positive_left_out_of_the_sum",
        "The positive is missing from the denominator. In equation 1 the sum leaves out the anchor alone; dropping the "
        "positive as well is another loss.",
        source=EQUATION,
    ),
    Mistake(
        "log_softmax_over_both_dimensions",
        "One softmax runs over the whole matrix. Each anchor has its own: it chooses among the views of its row.",
        next_step="Normalise each row, not the flattened matrix.",
        source=EQUATION,
    ),
    # the positives
    Mistake(
        "positive_is_the_diagonal",
        "Your target for each anchor is the anchor itself. Its positive is the other view of the same image.",
        next_step="Write down for B = 3 at which row each of the six views has its partner.",
        source=EQUATION,
    ),
    Mistake(
        "neighbours_as_positives",
        "Rows 2i and 2i + 1 are taken as a pair, but your views are stacked one half after the other: anchors are "
        "pulled towards other images.",
        next_step="Pair row i of z1 with row i of z2, wherever your stacking puts them.",
        source="Chen et al. 2020, algorithm 1, where the views are interleaved",
    ),
    Mistake(
        "shifted_positives",
        "Your positives are one row off: row i of z1 is paired with row i + 1 of z2, which is a view of another image.",
        source=EQUATION,
    ),
    Mistake(
        "targets_of_the_first_half_twice",
        "Both halves have the same targets, so that the second views are asked to find themselves. Their positives are "
        "in the first half.",
        source=EQUATION,
    ),
    # the mean
    Mistake(
        "sign_missing",
        "Your loss has the wrong sign: it grows as the views agree, and training would push them apart.",
        source=EQUATION,
    ),
    Mistake(
        "one_direction_only",
        "Only one half of the views are anchors. Each pair counts twice, once with each of its views as the anchor.",
        source=ALGORITHM,
    ),
    Mistake(
        "one_loss_per_anchor",
        "You return one loss for each anchor. A loss to train with is a single number, their mean.",
        source=ALGORITHM,
    ),
    Mistake(
        "sum_over_anchors",
        "The losses of the anchors are added up, not averaged: the loss, and with it every step, grows with the batch.",
        source=ALGORITHM,
    ),
    Mistake(
        "divided_by_pairs",
        "Your loss is twice the mean over the anchors: there are 2B of them, not B.",
        next_step="Are 2B losses divided by B, or are the means of both directions added?",
        source=ALGORITHM,
    ),
    Mistake(
        "constant",
        "Your loss does not depend on the projections, so that nothing can be learned from it.",
    ),
    # numbers
    Mistake(
        "softmax_without_care",
        "You take the exponentials of the scores as they are. At a small temperature they overflow, and the loss is "
        "no longer finite.",
        next_step="Use cross_entropy or logsumexp on the scores: both take off the largest one first.",
    ),
    Mistake(
        "largest_score_is_the_diagonals",
        "You take off the largest score of a row while the anchor itself is among them. It is the largest, and at a "
        "small temperature the other exponentials round to 0.",
        next_step="Mask the diagonal before you look for the maximum.",
    ),
    Mistake(
        "tiny_number_inside_the_logarithm",
        "The small number that you add inside the logarithm caps the loss: views that point away from each other cost "
        "less than they should, and their gradient fades.",
        next_step="Use log_softmax or cross_entropy on the scores instead of the logarithm of a probability.",
    ),
    Mistake(
        "float32_inside",
        "Your loss is computed in float32 whatever comes in: float64 projections lose their precision.",
        next_step="Convert nothing; dtypes come from z1 and z2.",
    ),
    Mistake(
        "complex_loss",
        "You return a complex number. A loss is real, of the dtype of the projections.",
    ),
    # gradients
    Mistake(
        "returns_a_number",
        "You return a Python number, which has no gradient: nothing can be trained with it.",
        next_step="Return the tensor; .item() is for logging.",
    ),
    Mistake(
        "second_view_detached",
        "No gradient reaches z2: one view is treated as a constant. SimCLR trains the network through both views.",
        next_step="Stopped gradients belong to other methods, such as BYOL and SimSiam.",
    ),
    Mistake(
        "length_detached",
        "The lengths of the projections are constants to your gradient: it is not that of the cosine and can change "
        "lengths, on which the loss does not depend.",
        next_step="Detach nothing in the normalisation.",
    ),
    # the caller
    Mistake(
        "normalises_in_place",
        "You change the tensors that you were given: the caller's z1 and z2 are different after the call.",
        next_step="Make new tensors; operations whose name ends in _ write into their argument.",
    ),
    Mistake(
        "squeezes_its_inputs",
        "A squeeze drops every dimension of length 1: with a single pair the batch dimension is gone.",
        next_step="Leave the shape (B, D) as it is.",
    ),
    Mistake(
        "mask_of_the_first_batch",
        "What you computed for the size of the first batch is kept and used again: a batch of another size does not "
        "fit it.",
        next_step="Build the mask from the tensors of this call.",
    ),
)
