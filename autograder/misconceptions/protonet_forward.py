"""What goes wrong on the way from an episode to its loss, in the order in which the network computes it."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

PROTOTYPE = "Snell et al. 2017, equation 1"
SOFTMAX = "Snell et al. 2017, equation 2"
ALGORITHM = "Snell et al. 2017, algorithm 1"
DISTANCE = "Snell et al. 2017, section 2.3"

MISTAKES = (
    Mistake(
        "constants",
        "Your output does not depend on the images: every query gets the same class, and the loss is that of guessing.",
        next_step="Begin with the embeddings: run the encoder on the support and query images.",
    ),
    Mistake(
        "images_scaled_in_place",
        "You change the caller's images in place: this pass classifies other images than those it was given, and so "
        "does whoever uses the episode again.",
        next_step="Leave the images as they are; scaling them is not the network's task.",
    ),
    Mistake(
        "flattened_images",
        "You flatten the images before the encoder sees them. A convolution needs channels, height and width; only "
        "classes and shots belong into one batch dimension.",
        next_step="Which shape does the encoder's docstring ask for, and which one does it get?",
    ),
    Mistake(
        "two_passes",
        "The encoder runs on several small batches. In training mode, batch normalisation then takes its statistics "
        "from each of them, so images of one episode are normalised in different ways.",
        next_step="Join all support and query images into one batch, and split the embeddings afterwards.",
    ),
    Mistake(
        "everything_twice",
        "You embed the whole batch twice and use a part of each result. That costs twice the time and memory, and "
        "batch normalisation updates its running statistics twice for each episode.",
        next_step="Keep the embeddings of one pass, and split them.",
    ),
    Mistake(
        "evaluation_mode",
        "Your forward puts the network into evaluation mode. While training, batch normalisation then uses running "
        "statistics that are never updated; the mode is the caller's choice.",
    ),
    Mistake(
        "training_mode",
        "Your forward puts the network into training mode. During evaluation, predictions then depend on the other "
        "images of the batch and the running statistics change; the mode is the caller's choice.",
    ),
    Mistake(
        "embeddings_squeezed",
        "You drop every dimension of size 1 from the embeddings. Where an embedding has a single value, its dimension "
        "is gone, too, and the distances can no longer be computed.",
        next_step="Embeddings are already (B, D); nothing has to be squeezed.",
    ),
    Mistake(
        "split_the_wrong_way",
        "You split the embeddings in another order than you joined the images: part of the queries become prototypes, "
        "and support images are classified as if they were queries.",
        next_step="What comes first in the batch, and how many images is it?",
    ),
    Mistake(
        "way_and_shot_mixed",
        "Your prototypes average over support images of different classes: way and shot change places when the batch "
        "is reshaped. The images of one class lie next to each other.",
        next_step="Which dimension varies fastest in the flattened support?",
        source=PROTOTYPE,
    ),
    Mistake(
        "prototypes_of_everything",
        "Queries count in the prototype of their own class. Each of them pulls its prototype towards itself, so the "
        "network knows the answer that it is asked for.",
        next_step="Compute the prototypes from the support embeddings alone.",
        source=PROTOTYPE,
    ),
    Mistake(
        "prototypes_of_queries",
        "Your prototypes are means of the queries, and the support is not used at all. Queries are compared with "
        "their own class's mean, so the network knows the answer that it is asked for.",
        next_step="Compute the prototypes from the support embeddings alone.",
        source=PROTOTYPE,
    ),
    Mistake(
        "classes_sorted",
        "Your prototypes are in another order than the rows of the episode. Class c is row c; with a new order, "
        "labels and predictions mean other classes.",
        next_step="Keep the prototypes in the order of the support.",
    ),
    Mistake(
        "normalised_embeddings",
        "You scale the embeddings to length 1. Squared distances are then at most 4 and depend on the angle alone, "
        "while the paper's network uses the lengths, too.",
        next_step="Use the embeddings as the encoder returns them.",
        source=DISTANCE,
    ),
    Mistake(
        "cosine",
        "You compare queries and prototypes by the cosine. It is no Bregman divergence, so the mean is not the best "
        "representative of a class, and the paper finds it clearly worse.",
        next_step="You have already written the distance that belongs here.",
        source=DISTANCE,
    ),
    Mistake(
        "rooted_distances",
        "You take the root of the squared distances. The probabilities come from the squared distance, and the root's "
        "slope is infinite where a query meets a prototype.",
        source=DISTANCE,
    ),
    Mistake(
        "squared_again",
        "You square distances that are already squared. A query twice as far away then counts sixteen times as much, "
        "and the softmax becomes far too sure.",
        source=DISTANCE,
    ),
    Mistake(
        "mean_distances",
        "Your distances are divided by the length of an embedding: the mean of the squared differences, not their "
        "sum. It works like a temperature that the paper does not have.",
        source=DISTANCE,
    ),
    Mistake(
        "positive_distances",
        "Your softmax takes the distances with a plus sign: the farther a class is from a query, the more probable it "
        "becomes, and training pushes queries away from their own class.",
        source=SOFTMAX,
    ),
    Mistake(
        "softmax_over_queries",
        "Your softmax runs over the queries, not over the classes. Each query needs probabilities that sum to 1 over "
        "the classes, and the other queries have no part in them.",
        next_step="Which dimension of the distances is that of the classes?",
        source=SOFTMAX,
    ),
    Mistake(
        "softmax_twice",
        "The softmax is taken twice: probabilities go into a loss that expects scores. They lie between 0 and 1, so "
        "the loss stays high even where the network is sure and right.",
        next_step="What does your loss function expect: scores, probabilities or log-probabilities?",
        source=SOFTMAX,
    ),
    Mistake(
        "probability_as_loss",
        "The logarithm is missing: your loss is minus the mean probability of the true class. Its gradient vanishes "
        "where a query is badly wrong, which is where it is needed most.",
        next_step="What does your loss function expect: scores, probabilities or log-probabilities?",
        source=ALGORITHM,
    ),
    Mistake(
        "log_of_softmax",
        "You take the logarithm of probabilities. For large distances they have already been rounded to 0, and the "
        "loss becomes infinite or nan.",
        next_step="Stay in log space: log_softmax, cross_entropy and logsumexp never compute the probabilities.",
    ),
    Mistake(
        "log_with_epsilon",
        "You add a small number before the logarithm. The loss stays finite, but it stops growing where the "
        "probability is below that number: a query that is far off no longer has a gradient.",
        next_step="Stay in log space: log_softmax, cross_entropy and logsumexp never compute the probabilities.",
    ),
    Mistake(
        "label_smoothing",
        "You smooth the labels: other classes get a part of the target. The loss is -log p of the true class alone, "
        "and smoothing punishes the network for being sure and right.",
        source=ALGORITHM,
    ),
    Mistake(
        "labels_alternate",
        "Your labels alternate (0, 1, 2, 0, 1, 2, …), but the queries lie class by class: most of them are compared "
        "with the wrong label.",
        next_step="Print the labels for 3 classes with 2 queries each, beside the rows that the queries come from.",
    ),
    Mistake(
        "summed_loss",
        "Your loss is the sum over all queries, not their mean. It grows with the size of the episode, and so does "
        "every gradient step.",
        source=ALGORITHM,
    ),
    Mistake(
        "mean_per_class_summed",
        "You average over the queries of each class, but add up the classes. The loss grows with n_way; it should be "
        "the mean over all queries of the episode.",
        source=ALGORITHM,
    ),
    Mistake(
        "loss_per_query",
        "You return a loss for every query. Training needs one number to start backward from: the mean over all "
        "queries.",
        source=ALGORITHM,
    ),
    Mistake(
        "loss_keeps_a_dimension",
        "Your loss is right, but has a dimension of size 1. It should be a scalar of shape (), so that it can be "
        "logged and compared as a number.",
    ),
    Mistake(
        "loss_without_gradient",
        "No gradient reaches the encoder from your loss: the computation graph is cut on the way, so training changes "
        "nothing.",
        next_step="Look for no_grad, detach, .item(), or a new tensor made of a number.",
    ),
    Mistake(
        "prototypes_detached",
        "No gradient flows through the prototypes: the encoder learns from the queries only. In the paper it learns "
        "from both, the support that makes the prototypes included.",
        source=ALGORITHM,
    ),
    Mistake(
        "queries_detached",
        "No gradient flows through the queries: the encoder learns from the prototypes only. In the paper it learns "
        "from both, each query moving towards its own class.",
        source=ALGORITHM,
    ),
    Mistake(
        "farthest_class",
        "You predict the class whose prototype is farthest away. The most probable class is the one at the smallest "
        "distance.",
        next_step="Largest and smallest: which one fits distances, which one probabilities?",
        source=SOFTMAX,
    ),
    Mistake(
        "probabilities_as_predictions",
        "Your predictions hold the largest probability of each query. They should say which class it belongs to, as a "
        "number from 0 to n_way-1.",
        next_step="The largest value and its position are two different things.",
    ),
    Mistake(
        "predictions_as_floats",
        "Your predictions are right, but floating. Classes are counted, not measured: they are int64, as every index "
        "in PyTorch.",
    ),
    Mistake(
        "flat_predictions",
        "Your predictions are one long row. They should have the shape (n_way, n_query), so that row c holds those "
        "for the queries of class c.",
    ),
    Mistake(
        "predictions_squeezed",
        "You drop every dimension of size 1 from the predictions. With one query of each class, their second "
        "dimension is gone; the shape is (n_way, n_query) even then.",
    ),
    Mistake(
        "predictions_transposed",
        "You reshape the predictions as if the queries came first, so they end up with the wrong queries. The batch "
        "lies class by class: all queries of class 0, then those of class 1.",
    ),
    Mistake(
        "targets_squeezed",
        "You squeeze the labels before comparing them. With one query of each class their shape is (n_way,), and "
        "comparing it with (n_way, 1) compares every query with every class.",
        next_step="Compare two tensors of the same shape, and print both shapes first.",
    ),
    Mistake(
        "accuracy_against_rows",
        "Your accuracy compares the prediction of query i with class i. The true class of a query is that of its row, "
        "whatever its place in it.",
    ),
    Mistake(
        "accuracy_as_a_count",
        "Your accuracy counts the correct predictions. It should be their fraction, between 0 and 1, whatever the "
        "size of the episode.",
    ),
    Mistake(
        "accuracy_in_percent",
        "Your accuracy is a percentage. It should be a fraction between 0 and 1.",
    ),
    Mistake(
        "accuracy_as_a_float",
        "Your accuracy is a Python number. It should be a tensor of shape (), as the loss is: the caller decides when "
        "to take the number out.",
    ),
    Mistake(
        "fields_in_another_order",
        "Accuracy and predictions have changed places in your output: an EpisodeOutput takes loss, accuracy and "
        "predictions, in this order.",
        next_step="Name the fields when you make it.",
    ),
    Mistake(
        "plain_tuple",
        "You return a tuple without names. Training and the report read .loss, .accuracy and .predictions, which only "
        "an EpisodeOutput has.",
    ),
)
