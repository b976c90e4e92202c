"""The known mistakes of `two_views`."""

from autograder.misconceptions.mistake import Mistake

RECIPE = "Chen et al. 2020, appendix A"
CIFAR = "Chen et al. 2020, appendix B.9"
PAIR = "Chen et al. 2020, section 2.1"

MISTAKES = (
    Mistake(
        "a_function",
        "Your augmentation is a function: it should be an nn.Module, as the other parts of a model are.",
        next_step="nn.Sequential makes one module of several.",
    ),
    Mistake(
        "constant_image",
        "What you return does not depend on the images that are given: nothing can be learned from it.",
    ),
    Mistake(
        "size_ignored",
        "Your augmented images always have the same size, whatever `image_size` says.",
        next_step="Where does your crop get its size from?",
    ),
    Mistake(
        "grey_has_one_channel",
        "Your grey images have one channel: a grey image here has three equal ones, as the encoder takes no other.",
        next_step="Keep (B, 3, S, S) in every draw.",
    ),
    Mistake(
        "float64_images",
        "Your augmented images are float64: they should stay float32, as the encoder's parameters are.",
        next_step="Look for a tensor or a number that was made in float64.",
    ),
    Mistake(
        "scales_to_255",
        "Your augmented images hold values up to 255: they should stay in [0, 1], as the given ones are.",
    ),
    Mistake(
        "standardises",
        "You subtract a mean and divide by a standard deviation: the augmented images should stay in [0, 1].",
        next_step="The augmentation ends with the greyscale.",
    ),
    Mistake(
        "jitter_without_clamp",
        "Your change of brightness leaves [0, 1]: values above 1 should become 1.",
        next_step="Clamp after a jitter of your own.",
    ),
    Mistake(
        "brightens_in_place",
        "You write into the batch that is given: the caller's images change, and the second view is made of others.",
        next_step="Make new tensors; operations whose name ends in _ work in place.",
    ),
    Mistake(
        "same_draw_for_the_batch",
        "All images of a batch get the same draw: the same crop, the same flip, the same colours.",
        next_step="torchvision's transforms draw once for a whole batch, and kornia's do with `same_on_batch`.",
    ),
    Mistake(
        "drawn_when_made",
        "You draw when the augmentation is made, not when it is called: every call gives the same pictures, "
        "so the two views are equal.",
        next_step="Draw in forward.",
    ),
    Mistake(
        "python_random",
        "You draw with a generator that torch.manual_seed does not reach, such as Python's `random`: "
        "an experiment cannot be repeated.",
        next_step="Draw from torch's global random state.",
    ),
    Mistake(
        "no_crop",
        "Your augmentation does not crop: random crops are what makes SimCLR learn.",
        next_step="A random resized crop comes first.",
        source="Chen et al. 2020, sections 2.1 and 3.1",
    ),
    Mistake(
        "cifar_crop",
        "You pad the image and shift it, as in supervised training on CIFAR-10: "
        "SimCLR cuts out a part of the image and enlarges it.",
        next_step="A random resized crop, without padding.",
        source=RECIPE,
    ),
    Mistake(
        "gentle_crop",
        "By default, your crops are never as small as they should be: you set a larger minimum for their area.",
        next_step="The default of `min_area` is the paper's value.",
        source=RECIPE,
    ),
    Mistake(
        "crop_too_small",
        "By default, some of your crops are smaller than they should be: you set a smaller minimum for their area.",
        next_step="The default of `min_area` is the paper's value.",
        source=RECIPE,
    ),
    Mistake(
        "only_half_crops",
        "Your crops never take more than about half of the image: up to the whole image should be possible.",
        source=RECIPE,
    ),
    Mistake(
        "no_min_area",
        "Your simclr_augmentation has no parameter `min_area`.",
        next_step="Leave the signature as it was given.",
    ),
    Mistake(
        "min_area_ignored",
        "You ignore `min_area`: your crops get as small as by default, whatever is asked for.",
        next_step="The crop's scale starts there.",
    ),
    Mistake(
        "min_area_of_a_side",
        "You take `min_area` for the smallest side of a crop, not for its smallest area: "
        "the area of your crops can be as small as the square of it.",
    ),
    Mistake(
        "min_area_too_large",
        "With another `min_area` than the default, your crops are never as small as it allows.",
        next_step="The crop's scale starts there.",
    ),
    Mistake(
        "square_crops",
        "Your crops always have the image's aspect ratio: it should vary, too.",
        next_step="Aspect ratios from 3/4 to 4/3.",
        source=RECIPE,
    ),
    Mistake(
        "long_crops",
        "Some of your crops are more elongated than they should be.",
        next_step="Aspect ratios from 3/4 to 4/3.",
        source=RECIPE,
    ),
    Mistake(
        "centre_crops",
        "Your crops all lie around the centre: their position should be drawn, too, anywhere in the image.",
        source=RECIPE,
    ),
    Mistake(
        "no_flip",
        "Your augmentation mirrors no image: half of them should be flipped horizontally.",
        source=RECIPE,
    ),
    Mistake(
        "always_flips",
        "Your augmentation mirrors every image: a flip that always happens changes nothing between two views.",
        next_step="Flip with probability 0.5.",
        source=RECIPE,
    ),
    Mistake(
        "flips_upside_down",
        "Some of your images are upside down: the paper flips left and right only.",
        source=RECIPE,
    ),
    Mistake(
        "rotates",
        "You rotate images: the paper's recipe does not, and the corners that a rotation leaves empty give it away.",
        next_step="Crop, flip, jitter and greyscale are all there is.",
        source=CIFAR,
    ),
    Mistake(
        "blurs",
        "You blur some of the images, as the paper does on ImageNet: on CIFAR-10 there is no blur.",
        source=CIFAR,
    ),
    Mistake(
        "solarizes",
        "You solarize some of the images, as later methods do: bright colours turn dark. The paper's recipe does not.",
        next_step="Crop, flip, jitter and greyscale are all there is.",
        source=CIFAR,
    ),
    Mistake(
        "no_greyscale",
        "None of your images becomes grey: without greyscale, the colours give away which views belong together.",
        source=RECIPE,
    ),
    Mistake(
        "one_default_for_greyscale",
        "Fewer of your images become grey than should: kornia's default is not the paper's probability.",
        next_step="Greyscale with probability 0.2.",
        source=RECIPE,
    ),
    Mistake(
        "grey_too_often",
        "Most of your images become grey, and only a few are jittered: the two probabilities have changed places.",
        next_step="Jitter with probability 0.8, greyscale with probability 0.2.",
        source=RECIPE,
    ),
    Mistake(
        "no_jitter",
        "Your augmentation does not jitter colours: views of an image then share their colour histogram, "
        "which is a shortcut.",
        source="Chen et al. 2020, section 3.1 and appendix A",
    ),
    Mistake(
        "always_jitters",
        "Your augmentation jitters the colours of every image: some should keep theirs. "
        "kornia's ColorJitter jitters all by default.",
        next_step="Jitter with probability 0.8.",
        source=RECIPE,
    ),
    Mistake(
        "jitter_for_half",
        "Your augmentation jitters the colours of fewer images than it should.",
        next_step="Jitter with probability 0.8.",
        source=RECIPE,
    ),
    Mistake(
        "strength_ignored",
        "Your colour jitter has fixed ranges: it should follow `strength`, and leave colours alone for 0.",
        next_step="Each range is a multiple of the strength.",
        source=RECIPE,
    ),
    Mistake(
        "jitter_of_half_the_strength",
        "Your colour jitter is half as strong as it should be, for every strength: the 0.5 of CIFAR-10 counts twice.",
        next_step="Take the docstring's ranges as they are; `strength` is the only other factor.",
        source=RECIPE,
    ),
    Mistake(
        "jiggles_colours",
        "Your jitter adds to the brightness: it should multiply it. kornia's ColorJitter does, ColorJiggle does not.",
        source=RECIPE,
    ),
    Mistake(
        "no_brightness",
        "Your jitter does not change the brightness.",
        next_step="Brightness, contrast, saturation and hue, in kornia's order of arguments.",
        source=RECIPE,
    ),
    Mistake(
        "no_contrast",
        "Your jitter does not change the contrast.",
        next_step="Brightness, contrast, saturation and hue, in kornia's order of arguments.",
        source=RECIPE,
    ),
    Mistake(
        "contrast_not_scaled",
        "The contrast's range in your jitter does not follow `strength`: for 0, too, the contrast changes.",
        source=RECIPE,
    ),
    Mistake(
        "contrast_too_strong",
        "Your jitter changes the contrast by more than it should; brightness and saturation have the same range as it.",
        source=RECIPE,
    ),
    Mistake(
        "no_saturation",
        "Your jitter does not change the saturation.",
        next_step="Brightness, contrast, saturation and hue, in kornia's order of arguments.",
        source=RECIPE,
    ),
    Mistake(
        "saturation_not_scaled",
        "The saturation's range in your jitter does not follow `strength`: for 0, too, the saturation changes.",
        source=RECIPE,
    ),
    Mistake(
        "no_hue",
        "Your jitter does not change the hue.",
        next_step="Brightness, contrast, saturation and hue, in kornia's order of arguments.",
        source=RECIPE,
    ),
    Mistake(
        "hue_not_scaled",
        "The hue's range in your jitter does not follow `strength`: for 0, too, the hue changes.",
        source=RECIPE,
    ),
    Mistake(
        "hue_too_strong",
        "Your jitter turns the hue by more than it should: its range is smaller than that of the other three.",
        source=RECIPE,
    ),
    Mistake(
        "hue_in_one_direction",
        "Your jitter turns the hue in one direction only: it should turn both ways.",
        next_step="A single number is taken as ± that number.",
        source=RECIPE,
    ),
    Mistake(
        "one_tensor",
        "two_views returns one tensor with all views: it should return two batches, a view of every image in each.",
    ),
    Mistake(
        "first_view_is_the_original",
        "Your first view is the image itself: in SimCLR both views are augmented.",
        source=PAIR,
    ),
    Mistake(
        "same_view_twice",
        "Both of your views get the same draws, so that they are equal: the pair asks nothing of the encoder.",
        next_step="Call the augmentation for each view, and seed nothing.",
        source=PAIR,
    ),
    Mistake(
        "second_view_from_the_first",
        "Your second view is made from the first one, which is already augmented: both should be made from the image.",
        source=PAIR,
    ),
    Mistake(
        "views_mixed_up",
        "Entry i of your two views comes from different images: the positive pairs pull the wrong images together.",
        next_step="Keep the order of the batch in both views.",
        source=PAIR,
    ),
    Mistake(
        "both_views_at_once",
        "You make both views in one call of the augmentation: whatever it draws once for a batch, the two views share.",
        next_step="Call it once for each view.",
    ),
    Mistake(
        "images_one_by_one",
        "You call the augmentation for every image: it should get the whole batch, "
        "since it may draw something that all of its images share.",
        next_step="Call it once for each view.",
    ),
    Mistake(
        "images_without_a_batch",
        "You hand single images (3, H, W) to the augmentation: it takes batches (B, 3, H, W).",
        next_step="Call it once for each view, on the whole batch.",
    ),
    Mistake(
        "one_draw_for_all_images",
        "Only one image of the batch is augmented, and all others get its change: each should get its own draw.",
        next_step="Call the augmentation once for each view, on the whole batch.",
    ),
    Mistake(
        "squeezes_its_views",
        "Your views lose a dimension if the batch holds a single image.",
        next_step="Return what the augmentation gives, without a squeeze.",
    ),
)
