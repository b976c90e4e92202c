"""The known mistakes of `projection_head`."""

from autograder.misconceptions.mistake import Mistake

HEAD = "Chen et al. 2020, section 2.1"
STEM = "Chen et al. 2020, appendix B.9"

MISTAKES = (
    Mistake(
        "one_layer",
        "Your head is a single linear layer. The paper's is non-linear, which is what makes h a better representation.",
        next_step="Two linear layers with a ReLU between them.",
        source="Chen et al. 2020, sections 2.1 and 4.2",
    ),
    Mistake(
        "three_layers",
        "Your head has three linear layers, as in SimCLR v2; the first paper's has two.",
        source=HEAD,
    ),
    Mistake(
        "no_relu",
        "There is no activation between the two linear layers of your head: together they are just one linear map.",
        next_step="A ReLU between the layers.",
        source=HEAD,
    ),
    Mistake(
        "relu_only_at_the_end",
        "The ReLU of your head comes after both layers: they collapse to one linear map, and z has no negative values.",
        next_step="Move the ReLU between the layers.",
        source=HEAD,
    ),
    Mistake(
        "relu_at_the_end",
        "Your head applies a second ReLU after its last layer: z has no negative values, "
        "and no two views can point away from each other.",
        next_step="Leave out the last one.",
        source=HEAD,
    ),
    Mistake(
        "other_activation",
        "The activation between the layers of your head is not a ReLU.",
        next_step="ReLU(x) = max(x, 0).",
        source=HEAD,
    ),
    Mistake(
        "missing_bias",
        "A linear layer of your head has no bias. Both have one here.",
        source=HEAD,
    ),
    Mistake(
        "hidden_dim_ignored",
        "The layer in between does not have the width `hidden_dim`: your head ignores that argument.",
        next_step="Which of the three sizes does each layer map from, and which to?",
    ),
    Mistake(
        "head_of_other_defaults",
        "Without arguments, your head has other sizes than the docstring's.",
        next_step="Leave the signature as it was given.",
    ),
    Mistake(
        "batch_norm_in_the_head",
        "There is a batch normalisation in your head: the paper's has two linear layers and a ReLU, and nothing else.",
        source=HEAD,
    ),
    Mistake(
        "dropout_in_the_head",
        "There is dropout in your head: in training mode, z is another one at each call for the same h.",
        next_step="The head is two linear layers and a ReLU, and nothing else.",
        source=HEAD,
    ),
    Mistake(
        "head_normalises",
        "Your head divides z by its length: the loss does that, and the head gives z as the last layer leaves it.",
        next_step="Leave the normalisation to nt_xent_loss.",
        source="Chen et al. 2020, algorithm 1",
    ),
    Mistake(
        "head_squeezes_z",
        "Your head squeezes a tensor: dimensions of size 1 get lost, and with a single image the batch dimension.",
        next_step="The linear layers need no squeeze.",
    ),
    Mistake(
        "head_detaches_h",
        "Your head cuts the graph at h: no gradient gets through it to the encoder, which is never trained.",
        next_step="No detach here. It is the linear probe that leaves the encoder alone.",
    ),
    Mistake(
        "resnet34",
        "Your encoder is a deeper ResNet than the one that is asked for.",
        next_step="torchvision's `resnet18`.",
    ),
    Mistake(
        "fc_kept",
        "Your encoder ends in a linear layer: h should be the output of the average pooling.",
        next_step="Replace `fc`, torchvision's classification layer, by something that changes nothing.",
        source=HEAD,
    ),
    Mistake(
        "encoder_normalises",
        "Your encoder divides h by its length: h should be the output of the average pooling as it is.",
        next_step="Only the loss normalises, and it does so with z.",
        source=HEAD,
    ),
    Mistake(
        "max_instead_of_average",
        "Your encoder takes the maximum over each of the last feature maps: h should be their average.",
        next_step="Keep torchvision's average pooling.",
        source=HEAD,
    ),
    Mistake(
        "no_batch_norm",
        "Your encoder has no batch normalisation: in torchvision's resnet18, one follows every convolution.",
        next_step="Keep all layers that the docstring does not mention.",
    ),
    Mistake(
        "encoder_squeezes_its_maps",
        "Your encoder squeezes its output: a single image loses its batch dimension along with the 1x1 of its maps.",
        next_step="Flatten from dimension 1 on instead.",
    ),
    Mistake(
        "first_layer_frozen",
        "The first convolution of your encoder is frozen: it stays at its random start for ever.",
        next_step="All parameters are trained here.",
    ),
    Mistake(
        "always_the_same_start",
        "Two calls give encoders with the same parameters: each should be initialised anew, at random.",
        next_step="Neither seed the generator nor reuse an encoder that was made before.",
    ),
    Mistake(
        "imagenet_by_default",
        "Without an argument, your encoder has the stem for ImageNet.",
        next_step="Leave the signature as it was given.",
    ),
    Mistake(
        "any_stem_is_imagenet",
        "You accept any name of a stem: a typo silently gives another network than the one that was meant.",
        next_step="Raise a ValueError for a stem that is neither of the two.",
    ),
    Mistake(
        "cifar_stem_for_both",
        'Your encoder has the stem for CIFAR-10 whichever is asked for: "imagenet" should keep torchvision\'s own.',
        next_step="Replace layers for one of the two stems only.",
    ),
    Mistake(
        "seven_by_seven_convolution",
        "The first convolution of your stem for CIFAR-10 is still the 7x7 one, which was made for large images.",
        next_step="The docstring of resnet18_encoder says what the paper replaces it by.",
        source=STEM,
    ),
    Mistake(
        "stem_with_bias",
        "The new convolution of your stem has a bias, which the batch normalisation after it would cancel anyway.",
        next_step="A convolution has a bias unless it is told otherwise.",
        source=STEM,
    ),
    Mistake(
        "stem_of_stride_2",
        "The convolution of your stem for CIFAR-10 has the stride 2 and halves the image: 32x32 should be kept.",
        next_step="Stride 1.",
        source=STEM,
    ),
    Mistake(
        "stem_without_padding",
        "The convolution of your stem for CIFAR-10 has no padding, so that its maps are smaller than the image.",
        next_step="Padding 1 keeps the size for a 3x3 kernel of stride 1.",
        source=STEM,
    ),
    Mistake(
        "max_pooling_kept",
        "Your encoder for CIFAR-10 still has a max pooling after the stem: the paper drops it for small images.",
        next_step="Replace it by something that changes nothing.",
        source=STEM,
    ),
    Mistake(
        "model_returns_h",
        "Your SimCLR returns h, the representation: the loss compares z = g(h), and the head is never used.",
        source=HEAD,
    ),
    Mistake(
        "model_returns_both",
        "Your SimCLR returns h and z: it should return z alone. Who needs h asks the encoder.",
    ),
    Mistake(
        "model_normalises_h",
        "Your SimCLR divides h by its length before the head sees it: the paper normalises z only, and in the loss.",
        next_step="z = g(f(x)), with nothing in between.",
        source="Chen et al. 2020, algorithm 1",
    ),
    Mistake(
        "model_normalises_z",
        "Your SimCLR divides z by its length: the loss does that, and the model gives z as it leaves the head.",
        next_step="Leave the normalisation to nt_xent_loss.",
        source="Chen et al. 2020, algorithm 1",
    ),
    Mistake(
        "model_squeezes_h",
        "Your SimCLR squeezes h before the head: a single image loses its batch dimension.",
        next_step="The encoder gives (B, in_dim) already.",
    ),
    Mistake(
        "model_copies_its_parts",
        "Your SimCLR works with copies of the encoder and the head: the ones that were given are never trained.",
        next_step="Keep the modules themselves.",
    ),
    Mistake(
        "encoder_called_twice",
        "A forward pass runs the encoder more than once, which costs twice the time "
        "and moves the batch normalisations' running averages twice.",
        next_step="Keep what the first call returned.",
    ),
    Mistake(
        "model_evaluates_its_encoder",
        "Your SimCLR puts the encoder into evaluation mode: in training, it should normalise by the batch.",
        next_step="A forward pass leaves the mode alone; who trains or evaluates sets it.",
    ),
    Mistake(
        "encoder_without_gradients",
        "Your SimCLR runs the encoder without gradients: only the head is trained.",
        next_step="Gradients are switched off for the linear probe, not in pretraining.",
    ),
)
