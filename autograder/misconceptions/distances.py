"""Known mistakes in `squared_euclidean`."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

SECTION = "Snell et al. 2017, section 2.3"

MISTAKES = (
    # which distance
    Mistake(
        "rooted",
        "You return the distance, not its square: a root is taken. The softmax over squared distances is what makes "
        "the mean the right prototype.",
        next_step="Leave the square root out.",
        source=SECTION,
    ),
    Mistake(
        "squared_twice",
        "Your result is the square of the squared distance.",
        next_step="Look for the second square.",
    ),
    Mistake(
        "manhattan",
        "You add up absolute differences (the Manhattan distance); the differences have to be squared.",
        source=SECTION,
    ),
    Mistake(
        "mean",
        "You average the squared differences over the features: that divides every distance by D. They are summed.",
        source=SECTION,
    ),
    Mistake(
        "halved",
        "Your distances are half of what they should be, as in the exponent of a Gaussian.",
        source=SECTION,
    ),
    Mistake(
        "square_of_the_sum",
        "You add up the differences and square the sum: positive and negative ones cancel. Square first, then sum.",
    ),
    Mistake(
        "negative",
        "Your distances have the wrong sign. A distance is never negative; the minus comes later, in the softmax.",
        source="Snell et al. 2017, equation 2",
    ),
    Mistake(
        "cosine",
        "You return the cosine distance, which ignores lengths. The paper finds the squared Euclidean distance far "
        "better, and explains why.",
        source=SECTION,
    ),
    Mistake(
        "dot_product",
        "You return negative dot products. They rank vectors by their length as well; a distance compares differences.",
        source=SECTION,
    ),
    Mistake(
        "normalised_vectors",
        "The vectors are scaled to length 1 before they are compared: that is a cosine in disguise, and lengths no "
        "longer count.",
        source=SECTION,
    ),
    Mistake(
        "asymmetric",
        "The squared lengths of the queries are missing. The softmax of a query would not notice, but what you return "
        "is not a distance and can be negative.",
    ),
    Mistake(
        "expansion_without_2",
        "Your expanded square lacks the factor 2 of its mixed term: equal vectors get a distance other than 0.",
        next_step="Subtracting first avoids the formula altogether.",
    ),
    Mistake(
        "small_offset",
        "A small number is added to each difference, so that equal vectors are apart. Without a root there is nothing "
        "to protect.",
    ),
    Mistake(
        "capped",
        "Large distances are cut off at a limit: beyond it all prototypes look equally far, and no gradient is left.",
        next_step="The log-softmax that follows copes with large values.",
    ),
    # which pairs
    Mistake(
        "transposed",
        "Your matrix is transposed: it has a row for each prototype. Rows belong to queries, columns to prototypes.",
    ),
    Mistake(
        "queries_to_queries",
        "You compare the queries with the queries; the prototypes are not used.",
    ),
    Mistake(
        "row_by_row",
        "You compare query i with prototype i only. Every query is compared with every prototype.",
        next_step="Give the two tensors different dimensions to broadcast over.",
    ),
    Mistake(
        "summed_over_prototypes",
        "You sum over the prototypes instead of the features: what is left has a column for each feature.",
        next_step="Write the shape beside each line, and sum the dimension of length D.",
    ),
    Mistake(
        "squeezed",
        "A squeeze drops every dimension of length 1: with one query or one prototype your result is no matrix.",
        next_step="Name the one dimension that your sum removes.",
    ),
    # accuracy
    Mistake(
        "expansion",
        "You expand the square into ||q||^2 - 2 q.c + ||c||^2. For vectors that are large and close, large numbers "
        "cancel there and only rounding errors remain.",
        next_step="Subtract first, then square.",
    ),
    Mistake(
        "cdist_squared",
        "torch.cdist computes by a matrix product when there are more than 25 vectors, and that cancels for vectors "
        "that are large and close.",
        next_step="Subtract the vectors yourself, or look at the `compute_mode` of torch.cdist.",
        source="PyTorch's documentation of torch.cdist",
    ),
    Mistake(
        "float32_inside",
        "You compute in float32 and convert back: float64 vectors lose their precision on the way.",
        next_step="Convert nothing; the dtype comes from the inputs.",
    ),
    Mistake(
        "float32_returned",
        "You return float32 whatever comes in. The result has the dtype of the vectors.",
        next_step="Convert nothing; the dtype comes from the inputs.",
    ),
    Mistake(
        "always_float64",
        "You return float64 whatever comes in. The result has the dtype of the vectors.",
        next_step="If you compute in float64, convert back to the dtype of the inputs.",
    ),
    Mistake(
        "complex_answer",
        "You return complex numbers. Distances are real, of the dtype of the vectors.",
    ),
    # gradients
    Mistake(
        "without_gradients",
        "Your result carries no gradient: it is computed outside of autograd, under no_grad, in NumPy or on detached "
        "tensors. The encoder learns through these distances.",
    ),
    Mistake(
        "queries_detached",
        "No gradient reaches the queries. The encoder learns through both arguments.",
        next_step="Look for a detach or .data on the queries.",
    ),
    Mistake(
        "prototypes_detached",
        "No gradient reaches the prototypes. The encoder learns through both arguments.",
        next_step="Look for a detach or .data on the prototypes.",
    ),
    Mistake(
        "root_then_square",
        "You take a root and square it again. The values are right, but the slope of a root is infinite at 0: where "
        "vectors are equal the gradient is nan.",
        next_step="Leave out both the root and the square.",
    ),
    Mistake(
        "straight_through",
        "Values and gradient do not belong together: the values are squared distances, the gradient is that of the "
        "distance without the square.",
        next_step="Detach nothing.",
    ),
    # the caller
    Mistake(
        "subtracts_in_place",
        "You change the tensors that you were given: the caller's vectors are different after the call.",
        next_step="Make new tensors; -= writes into its left side.",
    ),
    Mistake(
        "view_of_memory",
        "You use view, which fails for tensors whose memory is not contiguous, such as a transpose.",
        next_step="Use reshape, or index with None.",
    ),
)
