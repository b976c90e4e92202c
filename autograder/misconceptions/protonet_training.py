"""What goes wrong in the loop over episodes: the step, the gradients, the optimizer, the mode and the log."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

SOURCE = "Snell et al. 2017, section 2.2"

MISTAKES = (
    Mistake(
        "empty_loop",
        "Your loop never runs the model: it goes through the episodes, but computes no loss, so nothing is learned "
        "from them.",
        next_step="Begin each episode with the forward pass.",
    ),
    Mistake(
        "no_step",
        "You compute gradients, but never take a step with the optimizer: the parameters stay as they were.",
    ),
    Mistake(
        "step_before_backward",
        "The optimizer steps before backward has computed this episode's gradients: it finds none, and the parameters "
        "stay as they were.",
        next_step="Put the three calls into the order in which their results are needed.",
    ),
    Mistake(
        "cleared_before_the_step",
        "You clear the gradients between backward and the step. The optimizer finds none, and the parameters stay as "
        "they were.",
        next_step="Old gradients go before backward adds the new ones.",
    ),
    Mistake(
        "loss_detached",
        "You call backward on a loss that is cut off from the model. PyTorch does not complain, but no parameter gets "
        "a gradient, and nothing is learned.",
        next_step="If backward complains about a missing gradient, ask where the graph was cut; do not silence it.",
    ),
    Mistake(
        "ascends",
        "You climb the loss: the gradients have the wrong sign, so every step makes the true class less probable.",
        source=SOURCE,
    ),
    Mistake(
        "no_zero_grad",
        "You never clear the gradients. backward adds to what is there, so each step follows the sum over all "
        "episodes so far.",
    ),
    Mistake(
        "cleared_every_other_step",
        "You do not clear the gradients before every episode, though you step after each: some steps follow the "
        "gradients of an earlier episode once more.",
    ),
    Mistake(
        "cleared_after_the_step",
        "You clear the gradients after each step only. Gradients that the parameters hold when training begins go "
        "into the first one.",
        next_step="Clear them before the backward of each episode.",
    ),
    Mistake(
        "one_step_for_all",
        "You take a single step for all episodes together. Each episode is a training step of its own; after it, the "
        "next one sees better parameters.",
        source=SOURCE,
    ),
    Mistake(
        "two_steps",
        "You step twice for every episode. The second step follows a gradient that was computed before the parameters "
        "moved.",
    ),
    Mistake(
        "first_skipped",
        "The first episode is taken from the iterable, but not trained on. Every episode counts.",
    ),
    Mistake(
        "only_the_first",
        "Your loop ends after the first episode; all others are ignored.",
        next_step="Is there a return or a break inside the loop?",
    ),
    Mistake(
        "optimizer_of_its_own",
        "The parameters are not updated by the optimizer that you were given: its learning rate and its momentum have "
        "no effect, and the caller's choice is lost.",
    ),
    Mistake(
        "optimizer_state_cleared",
        "You reset what the optimizer remembers, such as its momentum. A second call should go on from where the "
        "first one stopped.",
    ),
    Mistake(
        "schedule_of_its_own",
        "You change the optimizer's learning rate while training. The schedule is the caller's choice, and a second "
        "call would begin with the rate that you left behind.",
    ),
    Mistake(
        "gradients_clipped",
        "You clip the gradients before the step. Large ones are shortened, so the parameters do not move as the "
        "optimizer's settings say; the method has no clipping.",
    ),
    Mistake(
        "restored_afterwards",
        "After training you put back the parameters of an earlier step. The caller wants those after the last "
        "episode; the loss of one episode does not say which are better.",
    ),
    Mistake(
        "evaluation_mode",
        "The model is in evaluation mode while you train it: batch normalisation uses running statistics that are "
        "never updated. It may come to you in either mode.",
        next_step="Choose the mode before the loop.",
    ),
    Mistake(
        "evaluation_after_the_first",
        "Only some of your episodes are trained in training mode: the model changes to evaluation mode inside the "
        "loop.",
    ),
    Mistake(
        "list_of_episodes",
        "You take all episodes before you train on the first one. They may be endless or larger than memory.",
        next_step="Loop over the iterable itself.",
    ),
    Mistake(
        "counts_set_by_hand",
        "Your loop makes two mistakes: the model is never put into training mode, and all episodes are taken before "
        "the first one is trained on.",
        next_step="Set the mode before the loop, and loop over the iterable itself.",
    ),
    Mistake(
        "needs_a_length",
        "You ask how many episodes there are. An iterable may have no length, and may be endless; a loop does not "
        "need to know.",
    ),
    Mistake(
        "forward_twice",
        "You run the model twice on an episode. Loss and accuracy come from the same forward pass; the second one "
        "sees other parameters, and updates the running statistics once more.",
    ),
    Mistake(
        "loss_after_the_step",
        "What you log is computed again after the step. The log should show the forward pass that the step was "
        "computed from: the loss of step 0 is that of the untrained model.",
    ),
    Mistake(
        "tensors_logged",
        "You log a tensor. The log may keep all it gets, and a tensor can keep the graph of its episode in memory; a "
        "Python number does not.",
    ),
    Mistake(
        "other_names",
        'You log under names of your own. Whoever reads the log looks for "loss" and "accuracy".',
    ),
    Mistake(
        "accuracy_not_logged",
        "You log the loss, but not the accuracy. The log gets both for each episode.",
    ),
    Mistake(
        "accuracy_in_percent",
        "You log the accuracy as a percentage. The model returns a fraction; log it as it is.",
    ),
    Mistake(
        "rounded_loss",
        "You round the loss before you log it. How a number is shown is for those who show it; small changes late in "
        "training would be lost.",
    ),
    Mistake(
        "running_mean",
        "You log an average of the losses so far. The log gets the numbers of each episode; whoever plots them can "
        "smooth the curve.",
    ),
    Mistake(
        "counted_from_1",
        "Your steps count from 1. The first episode is step 0.",
    ),
    Mistake(
        "steps_counted_across_calls",
        "Your steps count on from the last call. Each call begins at 0; a count outside the function also mixes "
        "different models.",
    ),
    Mistake(
        "every_second_logged",
        "Some episodes are not logged. log is called once for every episode; how many are shown is up to it.",
    ),
    Mistake(
        "logged_at_the_end",
        "You log once, after the last episode. log is called for every episode, so that training can be watched and "
        "stopped.",
    ),
    Mistake(
        "all_logged_at_the_end",
        "You collect all numbers and log them when training is over. log is called after each step, so that training "
        "can be watched, and endless training logs at all.",
    ),
    Mistake(
        "logged_before_the_step",
        "You log before the optimizer steps. log is called after the step, when the episode is done: what it reads "
        "from the model should be up to date.",
    ),
)
