"""`autograder hint nt_xent`: up to three hints for a stage, one at a time: a question, a shape, the trick."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder import rubric
from autograder.errors import UserError
from autograder.student import check

KINDS = ("a question", "a shape", "the trick")

# One or two sentences each, and no code of a solution.
HINTS: dict[str, tuple[str, str, str]] = {
    "read_omniglot": (
        "In a file, ink is 0 and paper is 255. What should each become, and does your formula make paper exactly 0?",
        "Every folder two levels below the root is a class, every PNG file in it an image: N files become (N, 1, S, "
        "S) and (N,), of which rotating makes (4N, 1, S, S) and (4N,).",
        "Convert each file to 8-bit grey before you resize it, with a filter that averages instead of picking pixels, "
        "and invert it last. A character's label is its position among the sorted folders.",
    ),
    "sample_episode": (
        "What must not be drawn twice: a class, an image of a class, or both? And what keeps a support image out of "
        "the query?",
        "A single class contributes (n_support + n_query, C, H, W). How do n_way of them become one tensor, and along "
        "which dimension do you then cut it in two?",
        "Shuffle the positions of a class's images once and take support and query from the same order, so that no "
        "image can be both. The distinct labels can be shuffled in the same way, with the same generator.",
    ),
    "conv_block": (
        "Which layer of a block has to keep height and width, and which one halves them?",
        "A batch of 28x28 images has 14, 7, 3 and 1 pixels a side after the four blocks, so it is (B, 64, 1, 1) "
        "before it is flattened. Is yours?",
        "The optimiser does not see layers in a plain Python list: keep the blocks in a container of `torch.nn`. Then "
        "flatten every dimension but the batch.",
    ),
    "prototypes": (
        "The support has three dimensions. Which of them must be gone in the end?",
        "(n_way, n_support, D) comes in and (n_way, D) goes out: one vector per class, as long as an embedding.",
        "A mean over the right dimension is all there is to it: no loop and no normalisation.",
    ),
    "distances": (
        "The result has a row for each query and a column for each prototype. How do you get every query to meet "
        "every prototype without a loop?",
        "(M, 1, D) and (1, N, D) broadcast to (M, N, D). Which dimension has to disappear to leave (M, N)?",
        "Subtract first, square next, sum last, and take no root. The expanded form with a dot product is cheaper, "
        "but it loses its digits where vectors are large and close together.",
    ),
    "protonet_forward": (
        "The predicted class is the one at the smallest distance, but a softmax favours the largest number. What has "
        "to happen in between?",
        "n_way * (n_support + n_query) images go through the encoder at once, and the distances come out as (n_way * "
        "n_query, n_way). Which class is the true one in row i?",
        "The flattened queries are sorted by class, so each label stands n_query times in a row. Take the logarithm "
        "of the softmax in one step: exponentials of large distances round to 0.",
    ),
    "protonet_training": (
        "PyTorch adds new gradients to the old ones. Where in your loop are those of the previous episode removed?",
        "Everything here is a scalar: the loss is a tensor of shape (), and what you log are two Python floats per "
        "episode.",
        "Each turn of the loop has one forward pass and ends with `log`. A tensor's `item()` is a Python float, and "
        "lets go of the graph behind the tensor.",
    ),
    "prediction_figure": (
        "Which image starts a row, and does the title of a query name its true class or the predicted one?",
        "There are n_way rows and 1 + n_query columns of axes. An image is (C, H, W), but matplotlib wants (H, W) or "
        "(H, W, C).",
        "With a single row or column, `plt.subplots` hands you fewer dimensions unless you tell it not to squeeze. "
        "Fix the range of greys, or matplotlib stretches the contrast of every image to its own.",
    ),
    "two_views": (
        "Augment eight copies of one photo in a batch: do you get eight different images, or the same one eight times?",
        "(B, 3, H, W) comes in and two batches of (B, 3, S, S) come out, with image i in row i of both.",
        "The modules of `kornia.augmentation` draw anew for each image of a batch; chain them in the order of the "
        "docstring. Two views take two calls: the result of one call, used twice, is a pair without a difference.",
    ),
    "projection_head": (
        "How many pixels a side does torchvision's ResNet-18 leave of a 32x32 image before its first residual block?",
        "With the cifar stem, (B, 3, 32, 32) becomes (B, 64, 32, 32), later (B, 512, 4, 4), and after the average "
        "pooling h is (B, 512). The head turns h into (B, 128).",
        "Put `nn.Identity` in the place of a layer that you don't want, and no forward pass has to be rewritten. The "
        "ReLU of the head stands between its two linear layers, not after them.",
    ),
    "nt_xent": (
        "Line up all 2B views: with how many others is an anchor compared, and which one of those is its positive?",
        "All similarities together are a (2B, 2B) matrix. In the first B rows the positive of row i is in column i + "
        "B: where is it in the others?",
        "This is a cross-entropy over the rows of a (2B, 2B) matrix whose diagonal is set to -inf.",
    ),
    "simclr_training": (
        "Where would the labels enter a step of supervised training, and what takes their place here?",
        "A batch of B images becomes 2B views and 2B projections (2B, D), but the loss takes two tensors of (B, D) "
        "whose rows belong together.",
        "It is the loop that you know, with two views and the NT-Xent loss where labels and classification were. "
        "Clear the old gradients before you call backward, step before you log, and log a Python float.",
    ),
    "linear_probe": (
        "Freezing has two halves. What must gradients no longer change, and what changes in training mode without any "
        "gradient?",
        "The features are (B, feature_dim), the logits (B, n_classes). In the probe, only feature_dim * n_classes "
        "weights and n_classes biases require gradients: count yours.",
        "`train()` of a model reaches all of its parts, so a frozen encoder has to withstand it; a module may "
        "override `train`. For a mean over samples, weight each batch by its size.",
    ),
    "comparison": (
        "Does your standard deviation divide by n or by n - 1, and where does the root of n come in?",
        "n accuracies become two Python floats. Each of the two axes holds four lines, and each line has one point "
        "for every epoch of its own history.",
        "By default, torch's `std` divides by n - 1 and NumPy's by n. Let each line count its epochs from 1 on.",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `autograder hint`."""
    parser.add_argument("stage", nargs="?", default="", metavar="STAGE", help="the stage's id, such as nt_xent")
    parser.add_argument(
        "--step", default="1", metavar="N", help="1: a question (the default), 2: a shape, 3: the trick"
    )


def main(arguments: argparse.Namespace) -> int:
    """Prints one hint, and how to get the next."""
    if not arguments.stage:
        raise UserError(f"Name a stage: {_command('nt_xent', 1)}")
    stage = rubric.get(arguments.stage)
    steps = [str(number) for number in range(1, len(KINDS) + 1)]
    if arguments.step not in steps:
        raise UserError(f"There is no hint {arguments.step!r} for {stage.id}: the steps are {', '.join(steps)}.")
    step = int(arguments.step)
    console = check.make_console()
    console.print(f"{stage.id}, hint {step} of {len(KINDS)}: {KINDS[step - 1]}", style="bold")
    further = _command(stage.id, step + 1) if step < len(KINDS) else check.command(stage.id, Path("assignment"))
    text = f"{HINTS[stage.id][step - 1]}\n\nnext    {further}"
    console.print(check.indented(text, console.width), soft_wrap=True)
    return 0


def _command(stage_id: str, step: int) -> str:
    """Returns what to type for a hint."""
    if Path("Makefile").is_file():
        return f"make hint STAGE={stage_id}" + (f" STEP={step}" if step > 1 else "")
    return f"python -m autograder hint {stage_id}" + (f" --step {step}" if step > 1 else "")
