"""Known mistakes in `train_simclr`."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

ALGORITHM = "Chen et al. 2020, algorithm 1"

MISTAKES = (
    # the views and the loss
    Mistake(
        "one_view_for_both",
        "Each image is augmented once instead of twice: your pair is a view with itself, or with the original image, "
        "not two independent views.",
        next_step="Call `two_views` once for each batch.",
        source=ALGORITHM,
    ),
    Mistake(
        "views_of_the_last_batch",
        "From the second step on you train on the views of the batch before: the last batch is never trained on.",
    ),
    Mistake(
        "interleaved_then_halved",
        "You cut the projections into halves that hold other rows than the views: the loss is given pairs of different "
        "images.",
        next_step="Row i of z1 and row i of z2 have to come from image i: undo the stacking the way you did it.",
        source=ALGORITHM,
    ),
    Mistake(
        "temperature_forgotten",
        "The temperature that your function is given never reaches the loss, which uses its default.",
    ),
    Mistake(
        "second_view_without_gradients",
        "One of the views is projected without gradients. SimCLR trains the network through both.",
        next_step="Stopped gradients belong to other methods, such as BYOL and SimSiam.",
        source=ALGORITHM,
    ),
    Mistake(
        "squeezes_projections",
        "A squeeze drops every dimension of length 1: the projections of a batch of one image lose their batch "
        "dimension.",
    ),
    Mistake(
        "computes_nothing",
        "The loss is never computed: what you log is made up, and the weights do not follow any gradient.",
        next_step="Views, projections, loss, backward, step: write one line for each.",
        source=ALGORITHM,
    ),
    # the step
    Mistake(
        "no_step",
        "You call backward, but never step: the gradients are there, and the weights stay as they are.",
    ),
    Mistake(
        "zero_grad_after_backward",
        "You clear the gradients between backward and step: there is nothing left to step along, and the weights stay "
        "as they are.",
        next_step="The order is zero_grad, backward, step.",
    ),
    Mistake(
        "no_zero_grad",
        "The gradients are not cleared between the batches: backward adds each one to those of all batches before.",
        next_step="Call zero_grad for every batch, before backward.",
    ),
    Mistake(
        "old_gradients_count",
        "You clear the gradients only after a step: those that the parameters hold when training begins go into the "
        "first one.",
        next_step="Move zero_grad before backward.",
    ),
    Mistake(
        "two_steps_a_batch",
        "You step twice for each batch, the second time along gradients of weights that have already moved.",
        source=ALGORITHM,
    ),
    Mistake(
        "steps_every_other_batch",
        "You gather the gradients of several batches before you step. There is one step for each batch.",
        next_step="The sum of two losses is not the loss of a larger batch: their images are no negatives to each "
        "other.",
        source=ALGORITHM,
    ),
    Mistake(
        "loss_divided",
        "You divide the loss by the batch size before backward. It is a mean already, so that your steps are too "
        "small by that factor.",
    ),
    Mistake(
        "clips_gradients",
        "You clip the gradients: where they are longer than your limit, the steps are shorter than the optimiser "
        "would make them.",
    ),
    Mistake(
        "optimiser_of_its_own",
        "You do not step with the optimiser that you are given but with one of your own: its settings and its learning "
        "rate have no effect.",
    ),
    Mistake(
        "own_cosine_schedule",
        "You change the learning rate of the optimiser during training. A schedule is the caller's choice, and the "
        "rate stays as it is.",
    ),
    Mistake(
        "restores_the_lowest_loss",
        "You end with the weights of an earlier step, not of the last one. The loss of a training batch does not say "
        "which weights are best.",
    ),
    Mistake(
        "no_train_mode",
        "The model is not in training mode when the first batch goes through it: batch normalisation would use its "
        "running statistics instead of the batch's.",
        next_step="Call model.train() before the loop.",
    ),
    # the batches
    Mistake(
        "stops_early",
        "Your training ends after the first batch.",
        next_step="Is a return or a break inside the loop?",
    ),
    Mistake(
        "first_batch_skipped",
        "The first batch is taken and never trained on.",
        next_step="A `next` before the loop takes a batch away from it.",
    ),
    Mistake(
        "epochs_over_the_batches",
        "You go through the batches more than once. One call trains on each of them once; how many there are is the "
        "caller's choice.",
    ),
    Mistake(
        "list_of_batches",
        "You read all batches before you train on the first one. They may be endless, or not fit into memory.",
        next_step="Iterate over `batches` itself.",
    ),
    Mistake(
        "skips_single_images",
        "You leave out batches of one image. They are batches like any other: each has its step and its log entry.",
    ),
    # the log
    Mistake(
        "other_key",
        "The loss is logged under another name than the docstring asks for, so that a curve drawn from the log would "
        "not find it.",
    ),
    Mistake(
        "counts_from_one",
        "You count the steps from 1. The first one is step 0.",
    ),
    Mistake(
        "logs_now_and_then",
        "You log some of the batches only; there is one entry for each.",
    ),
    Mistake(
        "logs_once_at_the_end",
        "You log once, after the last batch; there is one entry for each batch.",
        next_step="Move the call of `log` into the loop.",
    ),
    Mistake(
        "logs_before_the_step",
        "You log before the step: whoever looks at the model from `log` sees the weights before it.",
    ),
    Mistake(
        "logs_the_loss_after_the_step",
        "You log the loss of the model after its step, for which it goes through the batch again. The loss from before "
        "the step is the one that was trained on.",
    ),
    Mistake(
        "logs_the_running_mean",
        "You log the mean of all losses so far. Each entry is the loss of its own batch.",
    ),
    Mistake(
        "logs_the_sum",
        "You log the loss times the number of images. NT-Xent is a mean already: log it as it is.",
    ),
    Mistake(
        "logs_a_tensor",
        "You log a tensor or an array instead of a Python float.",
        next_step="Use loss.item(): it also lets go of the graph, which a tensor would keep in memory.",
    ),
)
