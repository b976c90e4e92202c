"""What goes wrong in a block of the encoder, then in the encoder of four."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

SOURCE = "Snell et al. 2017, section 3.1"

MISTAKES = (
    Mistake(
        "list_of_layers",
        "You return a list of layers, which cannot be called on images. A block is a module that runs its layers one "
        "after the other.",
        next_step="PyTorch has a container that does so.",
    ),
    Mistake(
        "no_padding",
        "Your convolution is not padded: it cuts a pixel off every edge, so the feature map is smaller than half the "
        "image after pooling.",
        next_step="How wide must the border be for a 3x3 kernel to keep height and width?",
    ),
    Mistake(
        "zero_padding_twice",
        "Your convolution is padded by too much: the feature map grows before it is pooled, and its edges hold little "
        "but zeros.",
        next_step="How wide must the border be for a 3x3 kernel to keep height and width?",
    ),
    Mistake(
        "rounds_up",
        "Your pooling rounds up where height or width is odd. The paper's sizes, 28, 14, 7, 3 and 1, come from "
        "rounding down.",
    ),
    Mistake(
        "strided_convolution",
        "You halve by the stride of the convolution, and there is no max pooling. It rounds odd sizes up, and the "
        "block keeps every second response where it should keep the strongest.",
        source=SOURCE,
    ),
    Mistake(
        "kernel_of_5",
        "Your kernels are larger than 3x3: more parameters than the paper's encoder has, learned from the same few "
        "images.",
        source=SOURCE,
    ),
    Mistake(
        "one_filter_per_channel",
        "Your filters see one channel each where the numbers of channels allow it. In the paper every filter combines "
        "all channels that come in.",
        next_step="Into how many groups does your convolution divide the channels?",
        source=SOURCE,
    ),
    Mistake(
        "no_normalisation",
        "Batch normalisation is missing from your block: convolution, batch normalisation, ReLU, max pooling.",
        source=SOURCE,
    ),
    Mistake(
        "instance_normalisation",
        "You normalise each image by itself. Batch normalisation takes mean and variance over the whole batch, so "
        "differences between the images remain.",
        source=SOURCE,
    ),
    Mistake(
        "no_running_statistics",
        "Your batch normalisation keeps no running statistics. In evaluation mode it still uses those of the batch, "
        "so an embedding depends on the other images.",
    ),
    Mistake(
        "no_scale_and_shift",
        "Your batch normalisation does not learn a scale and a shift. Without them every channel has mean 0 before "
        "the ReLU, whatever would be better.",
    ),
    Mistake(
        "norm_after_relu",
        "You normalise after the ReLU. It comes before: normalised features have both signs, and the ReLU then cuts "
        "off the negative ones.",
        source=SOURCE,
    ),
    Mistake(
        "pool_before_norm",
        "You pool before you normalise. The statistics then come from maxima alone; the order is convolution, batch "
        "normalisation, ReLU, max pooling.",
        source=SOURCE,
    ),
    Mistake(
        "no_relu",
        "The ReLU is missing. The block's output keeps its negative values, and without a nonlinearity a deeper "
        "network gains much less.",
        source=SOURCE,
    ),
    Mistake(
        "leaky_relu",
        "Your nonlinearity lets a part of the negative values through. The paper's block uses the plain ReLU, which "
        "sets them to 0.",
        source=SOURCE,
    ),
    Mistake(
        "average_pooling",
        "You average over each 2x2 window. The paper's block keeps the strongest response: max pooling.",
        source=SOURCE,
    ),
    Mistake(
        "dropout",
        "You add dropout to the block. The paper's encoder has none, and in training mode the same image gets another "
        "embedding each time.",
        source=SOURCE,
    ),
    Mistake(
        "three_blocks",
        "Your encoder has three blocks. The paper's has four: a 28x28 image shrinks to 14, 7, 3 and 1.",
        source=SOURCE,
    ),
    Mistake(
        "shared_middle_block",
        "You use one block twice. The two places then share their weights, and the encoder has fewer parameters than "
        "four blocks have.",
        next_step="Make a new block for each place.",
    ),
    Mistake(
        "list_of_blocks",
        "PyTorch does not see your blocks, because they are in a Python list: the encoder has no parameters, so an "
        "optimizer trains nothing, and train() and eval() do not reach them.",
        next_step="Keep them in an nn.Sequential or an nn.ModuleList.",
    ),
    Mistake(
        "in_channels_ignored",
        "Your first block takes images of one channel, whatever in_channels says: colour images cannot be embedded.",
    ),
    Mistake(
        "embedding_channels_ignored",
        "Your last block has as many filters as the others, whatever embedding_channels says: embeddings get the "
        "wrong length.",
    ),
    Mistake(
        "last_block_without_relu",
        "Your last block has no ReLU. All four blocks are whole in the paper, the last one included; its embeddings "
        "are never negative.",
        source=SOURCE,
    ),
    Mistake(
        "not_flattened",
        "You return the feature map with its height and width. An embedding is one vector for each image.",
        next_step="Flatten all dimensions but that of the batch.",
    ),
    Mistake(
        "batch_flattened_too",
        "You reshape to vectors of a fixed length. For larger images one image becomes several vectors, and the batch "
        "has the wrong size.",
        next_step="Keep the batch dimension, and flatten the rest, however long it is.",
    ),
    Mistake(
        "mean_over_the_map",
        "You average the feature map over height and width. The paper flattens it, so that an embedding still says "
        "where something is; for 28x28 both are the same.",
        source=SOURCE,
    ),
    Mistake(
        "squeezed",
        "You drop every dimension of size 1 from the embeddings. A batch of one image then loses its batch dimension, "
        "and an embedding of one value its own.",
        next_step="Flatten all dimensions but that of the batch, and squeeze nothing.",
    ),
    Mistake(
        "linear_on_top",
        "You add a linear layer after the blocks. The flattened feature map is the embedding, and its length changes "
        "with the image, which a linear layer does not allow.",
        source=SOURCE,
    ),
    Mistake(
        "normalised_embeddings",
        "You scale the embeddings to length 1. A Prototypical Network compares them by their squared distances, in "
        "which the length counts.",
        source="Snell et al. 2017, section 2.3",
    ),
    Mistake(
        "batch_centred",
        "You subtract the mean embedding of the batch. An embedding then depends on the other images, and a single "
        "image is always embedded as zeros.",
    ),
    Mistake(
        "always_training",
        "Your forward puts the encoder into training mode. In evaluation an embedding then depends on the other "
        "images of the batch, and the running statistics change.",
        next_step="train() and eval() are the caller's to choose.",
    ),
    Mistake(
        "frozen_first_blocks",
        "No gradient reaches the first blocks: only what comes after them is trained.",
        next_step="Look for no_grad or detach between the blocks.",
    ),
)
