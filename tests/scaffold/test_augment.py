"""The fast augmentation of the experiments: what it draws, and that it does with it what torchvision does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as V

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def augment() -> Iterator[ModuleType]:
    before = list(sys.path)
    sys.path.insert(0, str(ROOT / "assignment"))
    from experiments import augment

    yield augment
    sys.path[:] = before


def photographs(n: int, height: int = 32, width: int = 32, seed: int = 0) -> Tensor:
    """Smooth pictures with some saturated and some grey pixels: (n, 3, height, width) in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, 3, 6, 6, generator=generator) * 1.6 - 0.3
    pictures = V.resize(coarse, [height, width], antialias=False).clamp(0, 1)
    pictures[:, :, :3] = pictures[:, :1, :3]
    pictures[:, :, 3:5] = pictures[:, :, 3:5].round()
    return pictures


def by_torchvision(picture: Tensor, drawn, index: int, image_size: int) -> Tensor:
    """Does to one picture (3, H, W), step by step, what was drawn for it."""
    picture = V.resized_crop(picture, *drawn.box[index].tolist(), [image_size, image_size], antialias=True)
    if drawn.mirrored[index]:
        picture = V.horizontal_flip(picture)
    operations = (V.adjust_brightness, V.adjust_contrast, V.adjust_saturation, V.adjust_hue)
    for operation in drawn.order:
        picture = operations[operation](picture, drawn.factors[index, operation].item())
    return V.rgb_to_grayscale(picture, 3) if drawn.grey[index] else picture


@pytest.mark.parametrize(
    ("height", "width", "image_size"), [(32, 32, 32), (32, 32, 24), (20, 33, 32), (50, 37, 16), (8, 8, 32)]
)
def test_it_does_to_each_image_what_torchvision_does(augment, height, width, image_size):
    images = photographs(48, height, width)
    for seed in range(4):  # other orders of the colour operations
        torch.manual_seed(seed)
        drawn = augment.draw(images, 1.0, 0.08)
        done = augment.apply(images, drawn, image_size)
        expected = torch.stack([by_torchvision(images[i], drawn, i, image_size) for i in range(len(images))])
        assert done.shape == expected.shape
        # Hue is discontinuous where a pixel is nearly grey: a rounding there turns into another colour of hardly any
        # chroma, which a gain of contrast may enlarge. So nearly all pixels are equal, and none is far off.
        wrong = (done - expected).abs()
        assert wrong.max() < 2e-3, drawn.order
        assert (wrong < 1e-5).float().mean() > 0.999, drawn.order


@pytest.mark.parametrize("operation", range(4))
def test_each_colour_operation_is_torchvisions(augment, operation):
    images = photographs(20)
    factors = torch.tensor([1.0, 1.0, 1.0, 0.0]).repeat(20, 1)
    factors[:, operation] = torch.linspace(-0.5, 0.5, 20) if operation == 3 else torch.linspace(0, 2, 20)
    reference = (V.adjust_brightness, V.adjust_contrast, V.adjust_saturation, V.adjust_hue)[operation]
    expected = torch.stack([reference(image, factors[i, operation].item()) for i, image in enumerate(images)])
    augment.jitter(images, factors, (operation,))
    torch.testing.assert_close(images, expected, rtol=0, atol=3e-6)


def test_uint8_is_read_as_255ths(augment):
    images = (photographs(16) * 255).byte()
    torch.manual_seed(1)
    one = augment.FusedAugmentation()(images)
    torch.manual_seed(1)
    other = augment.FusedAugmentation()(images.float() / 255)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-4)


def test_crops_have_torchvisions_areas_ratios_and_places(augment):
    from torchvision.transforms.v2 import RandomResizedCrop

    torch.manual_seed(0)
    n, theirs = 6000, RandomResizedCrop(32)
    top, left, height, width = augment.draw_boxes(n, 200, 200, 0.08, torch.device("cpu")).T
    drawn = [theirs.make_params([torch.empty(3, 200, 200)]) for _ in range(n)]
    expected = torch.tensor([[each[key] for key in ("top", "left", "height", "width")] for each in drawn]).T
    area, ratio = height * width / 200**2, width / height
    assert area.min() > 0.08 - 0.005
    assert area.max() <= 1
    assert ratio.min() > 3 / 4 - 0.02
    assert ratio.max() < 4 / 3 + 0.02
    assert (top >= 0).all() and (left >= 0).all()
    assert (top + height <= 200).all() and (left + width <= 200).all()
    quantiles = torch.linspace(0.02, 0.98, 25)
    for name, mine, other, tolerance in (
        ("area", area, expected[2] * expected[3] / 200**2, 0.04),
        ("ratio", ratio, expected[3] / expected[2], 0.02),
        ("top", top / 200, expected[0] / 200, 0.04),
        ("left", left / 200, expected[1] / 200, 0.04),
        ("free rows used", top / (200 - height).clamp(min=1), expected[0] / (200 - expected[2]).clamp(min=1), 0.04),
    ):
        gap = (mine.float().quantile(quantiles) - other.float().quantile(quantiles)).abs().max()
        assert gap < tolerance, name


def test_crops_of_small_images_are_as_large_as_torchvisions(augment):
    """Where half a pixel matters: sides are rounded, not cut off."""
    from torchvision.transforms.v2 import RandomResizedCrop

    torch.manual_seed(0)
    n, theirs = 8000, RandomResizedCrop(8)
    boxes = augment.draw_boxes(n, 8, 8, 0.08, torch.device("cpu"))
    drawn = [theirs.make_params([torch.empty(3, 8, 8)]) for _ in range(n)]
    expected = torch.tensor([[each["height"], each["width"]] for each in drawn])
    gap = (boxes[:, 2:].float().mean(dim=0) - expected.float().mean(dim=0)).abs().max()
    assert gap < 0.12  # 0.5 if they were cut off; the standard deviation of the gap is 0.025


def test_a_box_that_cannot_fit_is_the_middle_of_the_image(augment):
    boxes = augment.draw_boxes(50, 10, 100, 1.0, torch.device("cpu"))  # the whole area never has the ratio
    assert boxes.unique(dim=0).tolist() == [[0, 43, 10, 13]]
    boxes = augment.draw_boxes(50, 100, 10, 1.0, torch.device("cpu"))
    assert boxes.unique(dim=0).tolist() == [[43, 0, 13, 10]]


def test_every_image_has_its_own_draw_of_everything(augment):
    torch.manual_seed(0)
    copies = photographs(1).expand(4000, -1, -1, -1)
    drawn = augment.draw(copies, 0.5, 0.08)
    assert len(drawn.box.unique(dim=0)) > 2500
    assert drawn.mirrored.float().mean() == pytest.approx(0.5, abs=0.04)
    assert drawn.grey.float().mean() == pytest.approx(0.2, abs=0.03)
    changed = drawn.factors != torch.tensor([1.0, 1.0, 1.0, 0.0])
    assert (changed.all(dim=1) | ~changed.any(dim=1)).all(), "all four colour operations, or none"
    assert changed.any(dim=1).float().mean() == pytest.approx(0.8, abs=0.03)
    chosen = drawn.factors[changed.any(dim=1)]
    assert torch.allclose(chosen.amin(dim=0), torch.tensor([0.6, 0.6, 0.6, -0.1]), atol=0.01)
    assert torch.allclose(chosen.amax(dim=0), torch.tensor([1.4, 1.4, 1.4, 0.1]), atol=0.01)
    assert torch.allclose(chosen.mean(dim=0), torch.tensor([1.0, 1.0, 1.0, 0.0]), atol=0.02)
    pictures = augment.apply(copies[:500], augment.draw(copies[:500], 0.5, 0.08), 32)
    assert len(pictures.flatten(1).unique(dim=0)) == 500


def test_coins_are_tossed_independently(augment):
    torch.manual_seed(0)
    drawn = augment.draw(photographs(1).expand(5000, -1, -1, -1), 0.5, 0.08)
    jittered = drawn.factors[:, 0] != 1
    coins = torch.stack([drawn.mirrored, drawn.grey, jittered, drawn.box[:, 2] > 20])
    numbers = torch.cat([coins[[0, 1, 3]][:, jittered].float(), drawn.factors[jittered].T])
    for correlation in (torch.corrcoef(coins.float()), torch.corrcoef(numbers)):
        assert (correlation - torch.eye(len(correlation))).abs().max() < 0.06


def test_the_global_seed_decides_and_the_input_stays(augment):
    images = photographs(64)
    before = images.clone()
    module = augment.FusedAugmentation(24, 0.8)
    torch.manual_seed(3)
    one, two = module(images), module(images)
    torch.manual_seed(3)
    again = module(images)
    assert torch.equal(one, again)
    assert not torch.equal(one, two)
    assert torch.equal(images, before)
    assert one.shape == (64, 3, 24, 24)
    assert one.dtype == torch.float32
    assert one.min() >= 0
    assert one.max() <= 1


def test_strength_0_jitters_no_colour(augment):
    drawn = augment.draw(photographs(100), 0.0, 0.08)
    assert torch.equal(drawn.factors, torch.tensor([1.0, 1.0, 1.0, 0.0]).repeat(100, 1))
    pictures = photographs(10)
    before = pictures.clone()
    augment.jitter(pictures, drawn.factors[:10], (3, 2, 1, 0))
    torch.testing.assert_close(pictures, before, rtol=0, atol=1e-6)
