"""Hidden suite of `read_omniglot`: reading the drawings, and turning classes into more classes."""

from __future__ import annotations

import torch

from autograder.suites import expect
from autograder.suites import protonet_oracles as oracles

CLASSES = "A class is a character, not an alphabet: sort the characters by path; counting begins at 0."
ORDER = "Sort the characters by path and the drawings of a character by file name; a folder's listing has no order."


def paper(rng, size=28):
    """A random drawing of black and white, (size, size) uint8."""
    return torch.randint(0, 2, (size, size), generator=rng).mul(255).to(torch.uint8)


def ink(grey):
    return (1 - grey.double() / 255).unsqueeze(0)


def read(student, files, **kwargs):
    """Reads a folder that holds these files: relative path -> grey values, or (grey values, mode)."""
    content = {}
    for name, drawing in files.items():
        grey, mode = drawing if isinstance(drawing, tuple) else (drawing, "L")
        content[name] = grey if isinstance(grey, str) else oracles.png(grey, mode)
    value = student.call("omniglot.read_omniglot", student.prop("Folder", content), **kwargs).value
    return pair(value, "read_omniglot")


def inside(images, hint):
    within = images.min() >= -1e-5 and images.max() <= 1 + 1e-5  # resizing in float32 rounds
    expect.that(within, f"images should lie in [0, 1]; {hint}")


def pair(value, what):
    ok = isinstance(value, tuple | list) and len(value) == 2
    expect.that(ok, f"{what} should return two tensors, images and labels, got {type(value).__name__}")
    return expect.tensor(value[0], "images"), expect.tensor(value[1], "labels")


def collection(rng):
    """Drawings of six characters in two alphabets, in sorted order, with the class of each."""
    counts = {"Alpha/character01": 3, "Alpha/character02": 1, "Alpha/character10": 4}
    counts |= {"Beta/character01": 2, "Beta/character02": 5, "Gamma/character01": 1}
    files, labels = {}, []
    for label, (folder, count) in enumerate(counts.items()):
        for number in range(1, count + 1):
            files[f"{folder}/{label:04d}_{number:02d}.png"] = paper(rng)
            labels.append(label)
    return files, labels


def shuffled(files, rng):
    names = list(files)
    return {names[i]: files[names[i]] for i in torch.randperm(len(names), generator=rng).tolist()}


def test_images_are_float32_with_one_channel_between_0_and_1(student, rng):
    """(N, 1, S, S) float32 in [0, 1], after resizing, too"""
    files, labels = collection(rng)
    images, _ = read(student, files)
    expect.shape(images, (len(labels), 1, 28, 28), "images")
    expect.dtype(images, torch.float32, "images", "A file's bytes are integers: make them float32 in [0, 1].")
    inside(images, "divide the grey values of a file by 255")
    expect.that(bool(images.max() > images.min()), "the images are the same everywhere")


def test_ink_is_1_and_grey_stays_between(student, rng):
    """A grey value g becomes 1 - g / 255; no image is stretched to fill [0, 1]."""
    grey = torch.randint(0, 256, (28, 28), generator=rng).to(torch.uint8)
    faint = 60 + 100 * (grey > 127).to(torch.uint8)  # neither black nor white in it
    hint = (
        "Ink is black (0) in the file and should be 1, paper is white (255) and should be 0, grey stays between; "
        "nothing is turned or mirrored, and no image is stretched to fill [0, 1]."
    )
    for drawing in (grey, faint):
        images, _ = read(student, {"Alpha/character01/a.png": drawing})
        expect.close(images, ink(drawing).unsqueeze(0), "images", hint, atol=1e-3)


def test_labels_count_the_sorted_characters(student, rng):
    """the first is class 0, the second class 1, and so on."""
    files, labels = collection(rng)
    images, got = read(student, shuffled(files, rng))
    expect.that(bool(images.max() > 0), "all images are empty")
    expect.shape(got, (len(labels),), "labels")
    expect.dtype(got, torch.int64, "labels")
    expect.close(got, torch.tensor(labels), "labels", CLASSES)


def test_drawings_stand_in_sorted_order(student, rng):
    """The images of a class stand together, sorted by file name."""
    files, _ = collection(rng)
    images, _ = read(student, shuffled(files, rng))
    expect.close(images, torch.stack([ink(grey) for grey in files.values()]), "the order of images", ORDER, atol=0.01)


def test_one_bit_files_are_read_like_others(student, rng):
    """The files hold black ink (0) on white paper (255, or 1 in a one-bit file)."""
    grey = paper(rng)
    images, _ = read(student, {"Alpha/character01/a.png": (grey, "1"), "Alpha/character01/b.png": (grey, "L")})
    hint = 'The original files have one bit for each pixel: convert("L") first, so that white is 255 in all of them.'
    expect.close(images, torch.stack([ink(grey), ink(grey)]), "images of a one-bit file", hint, atol=0.01)


def test_large_drawings_are_resized_in_place(student):
    """resized to `image_size` with smoothing, whole, neither cropped nor rotated."""
    grey = torch.full((105, 105), 255, dtype=torch.uint8)
    grey[15:45, 30:90] = 0  # rows 4 to 11 and columns 8 to 23 of 28
    images, _ = read(student, {"Alpha/character01/a.png": grey})
    expect.shape(images, (1, 1, 28, 28), "images of a drawing of 105x105")
    inside(images, "bicubic filters leave that range: clamp the result")
    wanted = torch.zeros(28, 28, dtype=torch.float64)
    wanted[4:12, 8:24] = 1
    sure = torch.ones(28, 28, dtype=torch.bool)  # away from the edges every filter agrees
    sure[2:14, 6:26] = False
    sure[6:10, 10:22] = True
    hint = "The whole drawing should shrink to the new size, neither cropped nor turned."
    expect.close(images[0, 0][sure], wanted[sure], "a resized drawing", hint, atol=0.12)


def test_resizing_smooths(student, rng):
    """Images of another size (the original ones are 105x105) are resized to `image_size` with smoothing"""
    drawing = paper(rng, 105)
    smooth = "Resize with a filter that smooths, and leave the grey values that it gives."
    grey_first = (
        "Pillow resizes one-bit images by picking pixels, whatever filter is named: convert them to grey first."
    )
    for mode, kind, hint in (("L", "8 bits", smooth), ("1", "one bit", grey_first)):
        images, _ = read(student, {"Alpha/character01/a.png": (drawing, mode)})
        expect.shape(images, (1, 1, 28, 28), "images of a drawing of 105x105")
        between = ((images > 0.05) & (images < 0.95)).double().mean()
        expect.that(
            between > 0.25,
            f"a resized drawing of {kind} should hold grey values between paper and ink, but has hardly any. {hint}",
        )


def test_image_size_is_respected(student, rng):
    """S >= 1, the height and width of the images to return, in pixels."""
    files = {"Alpha/character01/a.png": paper(rng), "Alpha/character01/b.png": (paper(rng, 105), "1")}
    for size in (20, 1, 27, 32):
        images, _ = read(student, files, image_size=size)
        expect.shape(images, (2, 1, size, size), f"images with image_size={size}")
        expect.that(size == 1 or bool(images.max() > 0), "all pixels are paper, although half of the drawing is ink")


def test_a_single_drawing_keeps_its_dimensions(student):
    """S >= 1, the height and width of the images to return, in pixels."""
    images, labels = read(student, {"A/character01/a.png": torch.zeros(28, 28, dtype=torch.uint8)}, image_size=1)
    hint = "Keep every dimension even if it is 1."
    expect.close(images, torch.ones(1, 1, 1, 1), "the one pixel of a black drawing", hint, atol=1e-3)
    expect.close(labels, torch.zeros(1), "its label", hint)


def test_drawings_may_have_any_name_and_other_files_are_left_alone(student, rng):
    """Whatever else lies in the folders is ignored"""
    files = {"Alpha/character01/zwei.png": paper(rng), "Beta/character01/eins.png": paper(rng)}
    other = dict.fromkeys(
        ("notes.txt", "Alpha/.DS_Store", "Alpha/character01/strokes.txt", "Beta/character01/Thumbs.db"), "aGVsbG8="
    )
    direct = {"Alpha/overview.png": paper(rng), "Beta/a.png": paper(rng)}  # directly in an alphabet's folder
    images, labels = read(student, other | direct | files)
    expect.close(labels, torch.tensor([0, 1]), "labels", "Only an alphabet's folders are classes, only *.png drawings.")
    expect.close(images, torch.stack([ink(grey) for grey in files.values()]), "images", atol=0.01)


def rotate(student, images, labels):
    reply = student.call("omniglot.rotate_classes", images, labels)
    return reply, *pair(reply.value, "rotate_classes")


def test_rotated_images_follow_the_originals(student, rng):
    """first all N as they are, then all N rotated by 90 degrees counterclockwise, then by 180, then by 270."""
    images = torch.rand(5, 1, 4, 4, generator=rng)
    _, turned, _ = rotate(student, images, torch.tensor([1, 0, 2, 1, 0]))
    wanted, last = [images], images
    for _ in range(3):
        last = torch.stack([oracles.quarter_turn(image) for image in last])
        wanted.append(last)
    hint = "First all images as they are, then all of them turned by 90 degrees counterclockwise, by 180, by 270."
    expect.close(turned, torch.cat(wanted), "the turned images", hint)


def test_every_rotation_is_a_class_of_its_own(student, rng):
    """class `y` rotated by `k` quarter turns is class `y + k * C`."""
    labels = torch.tensor([2, 0, 2, 1, 0, 2, 2])
    _, _, got = rotate(student, torch.rand(7, 1, 3, 3, generator=rng), labels)
    expect.dtype(got, torch.int64, "the labels of turned images")
    wanted = torch.tensor([y + k * 3 for k in range(4) for y in labels.tolist()])
    hint = "Class y turned by k quarter turns is y + k * C, where C counts the classes, not the images."
    expect.close(got, wanted, "the labels of turned images", hint)


def test_rotation_keeps_dtype_and_inputs(student, rng):
    """The given tensors are left as they are."""
    images, labels = torch.rand(3, 1, 5, 5, generator=rng, dtype=torch.float64), torch.tensor([0, 1, 1])
    reply, turned, _ = rotate(student, images, labels)
    expect.shape(turned, (12, 1, 5, 5), "the turned images")
    expect.that(bool((turned[3:6] != images).any()), "the second N images are not turned")
    expect.dtype(turned, torch.float64, "turned images of a float64 input")
    expect.unchanged(images, reply.inputs[0], "images")
    expect.unchanged(labels, reply.inputs[1], "labels")


def test_a_single_image_of_one_pixel_can_be_turned(student):
    """with C classes 0, …, C-1 in `labels`, class `y` rotated by `k` quarter turns is class `y + k * C`."""
    hint = "Keep every dimension even if it is 1."
    for size in (2, 1):
        _, turned, labels = rotate(student, torch.full((1, 1, size, size), 0.5), torch.tensor([0]))
        expect.close(turned, torch.full((4, 1, size, size), 0.5), "the turned images", hint)
    expect.close(labels, torch.arange(4), "their labels")
