"""What stages/omniglot.py should do: read the images, and make four classes of every class."""

from __future__ import annotations

import expect
import pytest
import torch
from PIL import Image
from stages import omniglot

reading = pytest.mark.stage("read_omniglot")
CLASSES = "A class is a character, not an alphabet: sort the characters by path; counting begins at 0."


def draw(path, black=(), size=28, mode="1"):
    """Saves a white image with some black pixels, given as (row, column)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("L", (size, size), 255)
    for row, column in black:
        image.putpixel((column, row), 0)
    image.convert(mode).save(path)


@reading
def test_example_of_the_docstring(tmp_path):
    for name in ("Latin/character01/b", "Latin/character01/a", "Futurama/character01/3"):
        draw(tmp_path / f"{name}.png")
    draw(tmp_path / "Futurama/character01/1.png", black=[(2, 5)])
    draw(tmp_path / "Futurama/character01/2.png")
    images, labels = omniglot.read_omniglot(tmp_path)
    expect.shape(images, (5, 1, 28, 28), "images", "N images with one channel of 28 x 28.")
    expect.dtype(images, torch.float32, "images", "Divide by 255 to get floats.")
    expect.dtype(labels, torch.int64, "labels", "torch.tensor([0, 1]) is int64.")
    expect.equal(labels.tolist(), [0, 0, 0, 1, 1], "labels", CLASSES)
    hint = 'Ink (black) becomes 1 and paper (white) 0, whatever the depth of the file: convert("L") first.'
    expect.close(images.median(), 0.0, "the pixels of the paper", hint)
    expect.close(images.max(), 1.0, "a pixel of ink", "Ink becomes 1: divide the grey values by 255.")
    ink = images.nonzero().tolist()
    expect.equal(len(ink), 1, "the number of pixels that are not paper", hint)
    expect.equal(ink[0][0], 0, "the number of the image with ink", "Sort the images of a character by file name.")
    expect.equal(ink[0][2:], [2, 5], "the row and the column of the ink", "Nothing is turned or mirrored.")


@reading
def test_characters_are_classes_in_sorted_order(tmp_path):
    folders = ["Beta/character02", "Alpha/character10", "Beta/character01", "Alpha/character02"]
    for number, folder in enumerate(folders):
        for drawing in range(number + 1):  # characters may have different numbers of drawings
            draw(tmp_path / folder / f"{drawing}.png", black=[(number, drawing)])
    images, labels = omniglot.read_omniglot(tmp_path)
    hint = f"{CLASSES} A folder lists its files in no particular order."
    expect.equal(labels.tolist(), [0, 0, 0, 0, 1, 1, 2, 2, 2, 3], "labels", hint)
    rows = [int(image[0].nonzero()[0, 0]) for image in images]
    expect.equal(rows, [3, 3, 3, 3, 1, 1, 2, 2, 2, 0], "which character each image shows", hint)


@reading
def test_drawings_of_a_class_are_sorted_by_name(tmp_path):
    for number in (3, 1, 2, 0):
        draw(tmp_path / f"Alpha/character01/0001_{number:02d}.png", black=[(number, 7)])
    images, _ = omniglot.read_omniglot(tmp_path)
    rows = [int(image[0].nonzero()[0, 0]) for image in images]
    expect.equal(rows, [0, 1, 2, 3], "the order of the images", "Sort the files of a character by name.")


@reading
def test_large_drawings_shrink_as_a_whole(tmp_path):
    block = [(row, column) for row in range(15, 45) for column in range(30, 90)]
    for name in ("a", "b"):
        draw(tmp_path / f"Alpha/character01/{name}.png", block, size=105)
    images, _ = omniglot.read_omniglot(tmp_path)
    expect.shape(images, (2, 1, 28, 28), "images of drawings of 105x105", "Resize each image to image_size.")
    hint = "The whole drawing should shrink to the new size, neither cropped nor turned."
    ink = [images[0, 0, row, column] for row, column in ((6, 11), (6, 20), (9, 11), (9, 20))]
    expect.close(torch.stack(ink), torch.ones(4), "pixels of ink in a drawing that was resized", hint, atol=0.12)
    paper = [images[0, 0, row, column] for row, column in ((1, 11), (15, 20), (6, 4), (9, 27))]
    expect.close(torch.stack(paper), torch.zeros(4), "pixels of paper in a drawing that was resized", hint, atol=0.12)


@reading
def test_large_drawings_become_small_and_smooth(tmp_path):
    stroke = [(row, row // 2 + width) for row in range(105) for width in range(3)]
    for mode in ("L", "1"):  # 8 bits and one bit for each pixel
        draw(tmp_path / mode / "character01/a.png", stroke, size=105, mode=mode)
    images, labels = omniglot.read_omniglot(tmp_path, image_size=20)
    expect.shape(images, (2, 1, 20, 20), "images with image_size=20", "Resize each image to image_size.")
    expect.that(len(labels) == 2, "every image should have a label")
    smooth = "Resize with a filter that smooths, and leave the grey values that it gives."
    grey_first = "Pillow picks pixels when it resizes a one-bit image: convert it to grey first."
    one_bit, eight_bits = images
    for image, kind, hint in ((eight_bits, "8 bits", smooth), (one_bit, "one bit", grey_first)):
        inside = image.min() > -1e-5 and image.max() < 1 + 1e-5  # torch's own filters round
        expect.that(inside, "images should lie in [0, 1] after resizing, too; clamp the output of a bicubic filter")
        grey = ((image > 0.01) & (image < 0.99)).sum()
        expect.that(grey > 3, f"a resized drawing of {kind} should hold grey values between paper and ink. {hint}")


@reading
def test_grey_stays_grey(tmp_path):
    (tmp_path / "Alpha/character01").mkdir(parents=True)
    Image.new("L", (28, 28), 51).save(tmp_path / "Alpha/character01/a.png")
    half = Image.new("L", (28, 28), 204)
    half.paste(102, (0, 0, 14, 28))
    half.save(tmp_path / "Alpha/character01/b.png")
    images, _ = omniglot.read_omniglot(tmp_path)
    hint = "A grey value g becomes 1 - g / 255; no image is stretched to fill [0, 1]."
    expect.close(images[:, 0, 3, [3, 20]], [[0.8, 0.8], [0.6, 0.2]], "grey pixels", hint)


@reading
def test_whatever_else_lies_in_the_folders_is_left_alone(tmp_path):
    draw(tmp_path / "Alpha/character01/a.png", black=[(1, 1)])
    draw(tmp_path / "Beta/character01/a.png", black=[(2, 1)])
    draw(tmp_path / "Alpha/overview.png")  # directly in an alphabet's folder: not a character
    for name in ("notes.txt", "Alpha/.DS_Store", "Beta/character01/Thumbs.db"):
        (tmp_path / name).write_text("no drawing")
    images, labels = omniglot.read_omniglot(tmp_path)
    hint = "Only an alphabet's folders are classes, only the *.png files in those are images."
    expect.equal(labels.tolist(), [0, 1], "labels", hint)
    expect.equal(images.nonzero()[:, 2].tolist(), [1, 2], "the rows with ink", hint)


@reading
def test_a_single_drawing_of_a_single_pixel(tmp_path):
    hint = "Keep every dimension even if it is 1."
    draw(tmp_path / "large/Alpha/character01/a.png")
    images, _ = omniglot.read_omniglot(tmp_path / "large")
    expect.shape(images, (1, 1, 28, 28), "images of a single drawing", hint)
    draw(tmp_path / "small/Alpha/character01/a.png", black=[(0, 0)], size=1)
    images, labels = omniglot.read_omniglot(tmp_path / "small", image_size=1)
    expect.close(images, [[[[1.0]]]], "images of a single pixel", hint)
    expect.equal(labels.tolist(), [0], "labels")


@reading
def test_rotation_example_of_the_docstring():
    image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    images, labels = omniglot.rotate_classes(image, torch.tensor([0]))
    turned = [[[1, 2], [3, 4]], [[2, 4], [1, 3]], [[4, 3], [2, 1]], [[3, 1], [4, 2]]]
    expect.shape(images, (4, 1, 2, 2), "the four images", "Keep every dimension even if it is 1.")
    hint = "As it is, then turned, not mirrored: by 90 degrees counterclockwise, by 180, by 270."
    expect.close(images, torch.tensor(turned).unsqueeze(1), "the four images", hint)
    hint = "Class y turned by k quarter turns is y + k * C."
    expect.equal(labels.tolist(), [0, 1, 2, 3], "their labels", hint)


@reading
def test_turned_classes_are_new_classes():
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.rand(5, 1, 3, 3, generator=generator, dtype=torch.float64), torch.tensor([0, 2, 2, 1, 0])
    before = images.clone(), labels.clone()
    more, new = omniglot.rotate_classes(images, labels)
    expect.unchanged(before[0], images, "images")
    expect.unchanged(before[1], labels, "labels")
    expect.shape(more, (20, 1, 3, 3), "the images", "Four times as many as before.")
    expect.dtype(more, torch.float64, "the images of a float64 input")
    expect.dtype(new, torch.int64, "the labels")
    hint = "First all images as they are, then all of them turned by 90 degrees, by 180, by 270."
    expect.close(more[:5], images, "the first five images", hint)
    expect.close(more[10:15], images.flip(2).flip(3), "the third five images", hint)
    hint = "Class y turned by k quarter turns is y + k * C, where C counts the classes, not the images; here C is 3."
    expect.equal(new.tolist(), [0, 2, 2, 1, 0, 3, 5, 5, 4, 3, 6, 8, 8, 7, 6, 9, 11, 11, 10, 9], "the labels", hint)
