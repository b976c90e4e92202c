"""Omniglot as tensors: read the images once, and make four classes of every character.

Omniglot (Lake et al. 2015) holds 1,623 handwritten characters of 50 alphabets, each drawn once by 20 people.
Prototypical Networks (Snell et al. 2017, arXiv 1703.05175, section 3.1) resizes the images to 28x28 and takes every
rotation by a multiple of 90 degrees as a class of its own, which gives four times as many classes to learn from.

Next: `episodes.py` samples small classification problems from these tensors.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def read_omniglot(root: Path, image_size: int = 28) -> tuple[Tensor, Tensor]:
    """Reads every image below a folder into memory.

    A character's folder is a class; an image is a PNG file in it:

        <root>/<alphabet>/character<NN>/<any name>.png

    Sort the characters by their path (`Futurama/character01` before `Futurama/character02` before
    `Latin/character01`): the first is class 0, the second class 1, and so on. The images of a class stand together,
    sorted by file name. Alphabets may have different numbers of characters, characters different numbers of images.
    Whatever else lies in the folders is ignored: notes, .DS_Store, a PNG file directly in an alphabet's folder.

    The files hold black ink (0) on white paper (255, or 1 in a one-bit file). A network learns better when the empty
    paper is zero, so ink becomes 1 and paper 0. A grey value g becomes 1 - g / 255; no image is stretched to fill
    [0, 1]. Images of another size (the original ones are 105x105) are resized to `image_size` with smoothing, whole,
    neither cropped nor rotated.

    Args:
        root: the folder that holds the alphabets, such as `omniglot-py/images_background`.
        image_size: S >= 1, the height and width of the images to return, in pixels.

    Returns:
        images: (N, 1, S, S) float32 in [0, 1], after resizing, too; 1 is ink, 0 is paper.
        labels: (N,) int64, the class of each image: 0, …, C-1, in ascending order.

    Example:
        With 3 images of `Futurama/character01` and 2 of `Latin/character01`, `labels` is [0, 0, 0, 1, 1]. A pixel
        that is black in the file is 1.0 in `images`, a white one 0.0.

    Hint:
        `Image.open(path).convert("L")` gives grey values from 0 to 255 whatever the file's depth. Pillow picks pixels
        when it resizes a one-bit image, and bicubic filters in torch leave [0, 1] unless the result is clamped.
    """
    ### BEGIN SOLUTION
    images, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            with Image.open(path) as file:
                image = file.convert("L")
            if image.size != (image_size, image_size):
                image = image.resize((image_size, image_size), Image.Resampling.BILINEAR)
            images.append(np.asarray(image))
            labels.append(label)
    paper = torch.from_numpy(np.stack(images)).float() / 255  # (N, S, S), paper is 1
    return (1 - paper).unsqueeze(1), torch.tensor(labels)  # (N, S, S) -> (N, 1, S, S)
    ### END SOLUTION


def rotate_classes(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Adds every class three more times, rotated by 90, 180 and 270 degrees, as new classes.

    A character that lies on its side is another character: with C classes 0, …, C-1 in `labels`, class `y` rotated by
    `k` quarter turns is class `y + k * C`. The given tensors are left as they are.

    Args:
        images: (N, 1, S, S), any floating dtype.
        labels: (N,) int64 with the classes 0, …, C-1.

    Returns:
        images: (4N, 1, S, S), dtype of `images`: first all N as they are, then all N rotated by 90 degrees
            counterclockwise, then by 180, then by 270.
        labels: (4N,) int64 with the classes 0, …, 4C-1.

    Example:
        For one image [[1, 2], [3, 4]] of class 0 (so C = 1), the four images are [[1, 2], [3, 4]], [[2, 4], [1, 3]],
        [[4, 3], [2, 1]] and [[3, 1], [4, 2]], and the labels 0, 1, 2, 3.
    """
    ### BEGIN SOLUTION
    n_classes = int(labels.max()) + 1
    rotated = [torch.rot90(images, k, dims=(2, 3)) for k in range(4)]
    return torch.cat(rotated), torch.cat([labels + k * n_classes for k in range(4)])  # (4N, 1, S, S), (4N,)
    ### END SOLUTION
