"""Known mistakes of `read_omniglot`: reading the images, and rotating classes into new ones."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

MISTAKES = (
    # the files
    Mistake(
        "alphabets_as_classes",
        "You take an alphabet for a class. A class is a character.",
        source="Snell et al. 2017, section 3.1",
    ),
    Mistake(
        "labels_restart",
        "Your labels start from 0 again in every alphabet, so characters of different alphabets share a class.",
    ),
    Mistake(
        "labels_from_1",
        "You take the number in a folder's name for the label. It starts from 1 and repeats in every alphabet.",
        next_step="Count the characters over all alphabets.",
    ),
    Mistake(
        "as_the_folder_lists",
        "You take the characters as the file system lists them. That order differs from one computer to the next.",
        next_step="Sort them by path.",
    ),
    Mistake(
        "newest_drawing_first",
        "The images of a character are not in the ascending order of their file names.",
    ),
    Mistake(
        "reads_every_file",
        "You open every file in a character's folder as an image. Only the PNG files are images.",
    ),
    Mistake(
        "png_beside_the_characters",
        "You take a PNG file directly in an alphabet's folder for an image of a character. Only the folders in an "
        "alphabet's folder are characters.",
    ),
    # the pixels
    Mistake(
        "paper_is_one",
        "Your paper is 1 and your ink 0, as in the file. The empty paper should be zero, so ink becomes 1.",
    ),
    Mistake(
        "not_scaled",
        "Your pixels reach up to 255. They should lie in [0, 1].",
        next_step="Divide the grey values by the largest that a file can hold.",
    ),
    Mistake(
        "divided_by_256",
        "You divide grey values by 256. The largest is 255, so white paper does not quite become 0.",
    ),
    Mistake(
        "stretched_to_the_range",
        "You stretch every image to fill [0, 1]. The same grey then has a different value in each image.",
    ),
    Mistake(
        "binarised",
        "You round every pixel to ink or paper, so the grey values that smoothing makes are lost.",
    ),
    Mistake(
        "one_bit_as_bytes",
        "You treat a one-bit file as one of 8 bits: white is 1 there, not 255, so paper and ink look almost the same.",
        next_step="Convert every file to grey before you look at its values.",
    ),
    Mistake(
        "transposed",
        "Your images are transposed: rows have become columns.",
    ),
    # their size
    Mistake(
        "resized_before_grey",
        "You resize one-bit images before they are grey. Pillow then picks single pixels, whatever filter you name.",
        next_step='convert("L") first, then resize.',
    ),
    Mistake(
        "nearest_pixels",
        "You resize without smoothing: picking single pixels breaks thin strokes.",
        next_step="Name a filter that averages, such as bilinear.",
    ),
    Mistake(
        "cropped",
        "You cut a piece out of a large image, so the rest of the character is lost. The whole image is shrunk.",
    ),
    Mistake(
        "bicubic_leaves_the_range",
        "After resizing, some of your values lie outside [0, 1]: a bicubic filter overshoots at edges.",
        next_step="Clamp the result.",
    ),
    Mistake(
        "size_is_fixed",
        "The size of your images is fixed: image_size is ignored.",
    ),
    # the tensors
    Mistake(
        "no_channel",
        "Your images have no channel dimension. Convolutions expect it, even for a single channel.",
    ),
    Mistake(
        "squeezed",
        "For a single image read_omniglot drops a dimension, as squeeze() does.",
        next_step="Keep the shape (N, 1, S, S), also where N or S is 1.",
    ),
    Mistake(
        "float64_images",
        "Your images are float64, as NumPy divides. The network's weights are float32.",
    ),
    Mistake(
        "float_labels",
        "Your labels are floating-point numbers. Classes are int64, as the cross-entropy loss expects.",
    ),
    # rotate_classes
    Mistake(
        "same_labels",
        "Your rotated characters keep their label, as in data augmentation. Here each rotation is a class of its own.",
        source="Snell et al. 2017, section 3.1",
    ),
    Mistake(
        "offset_by_images",
        "You number the new classes by the number of images. They follow on the number of classes, which is smaller if "
        "a class has several images.",
    ),
    Mistake(
        "rotations_side_by_side",
        "You put the four rotations of an image next to each other. All images come first as they are, then all of "
        "them rotated by 90 degrees, and so on.",
    ),
    Mistake(
        "clockwise",
        "You rotate clockwise: 90 and 270 degrees are swapped.",
    ),
    Mistake(
        "flips",
        "You mirror the images where they should be rotated. A mirror image is no rotation.",
        source="Snell et al. 2017, section 3.1",
    ),
    Mistake(
        "turns_pile_up",
        "Your rotations pile up: the image you rotate next has already been rotated.",
        next_step="Rotate the original images by k quarter turns.",
    ),
    Mistake(
        "turned_one_by_one_and_squeezed",
        "Your rotate_classes drops a dimension where there is a single image or a single pixel, as squeeze() does.",
        next_step="Keep the shape (N, 1, S, S), also where N or S is 1.",
    ),
    Mistake(
        "rotated_to_float32",
        "You turn the images into float32. Their dtype should stay that of the input.",
    ),
    Mistake(
        "labels_changed_in_place",
        "You change the labels that were given, in place: the caller's tensor is different afterwards.",
        next_step="Make a new tensor instead of adding to the old one.",
    ),
)
