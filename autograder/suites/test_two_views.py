"""Hidden suite of `two_views`: the draws of the augmentation, measured on pictures that give them away.

Bounds on frequencies are 5.5 or more standard deviations wide: an honest submission meets them whatever the seed.
"""

from __future__ import annotations

import pytest
import torch

from autograder.suites import expect, seeds
from autograder.suites import simclr_oracles as oracles

AUGMENTATION = "simclr.simclr_augmentation"
TWO_VIEWS = "simclr.two_views"
EACH = "Every image gets its own draw: kornia's modules do that, torchvision's draw once for a whole batch."
SHAPE = "Keep the batch and the three channels; a grey image has three equal ones."
COLOR = (0.6, 0.4, 0.3)
JITTER = "The jitter's factors come from [1 - 0.8 s, 1 + 0.8 s], s being the strength that is given."


def augmented(student, rng, pictures, size=32, strength=0.5, **grown):
    """What a fresh augmentation makes of a batch of pictures, its shape asserted.

    A shape that is wrong at some draws only is the question of one test; the others try again. With `grown`, settings
    of nn.Upsample, the pictures travel small and are grown beside the submission.
    """
    augmentation = student.make(AUGMENTATION, size, strength)
    if grown:
        augmentation = student.prop("Sequential", student.prop("Upsample", **grown), augmentation)
    wanted = (len(pictures), 3, size, size)
    for _ in range(6):
        answer = augmentation(pictures, seed=int(torch.randint(2**31, (1,), generator=rng))).value
        if isinstance(answer, torch.Tensor) and tuple(answer.shape) == wanted:
            break
    expect.shape(answer, wanted, "the augmented batch", SHAPE)
    expect.that(bool(answer.isfinite().all()), "the augmented batch holds a value that is not finite (nan or inf)")
    return answer


def photo(rng, size=32):
    """One colourful picture: (3, S, S)."""
    coarse = torch.rand(1, 3, 5, 5, generator=rng)
    return torch.nn.functional.interpolate(coarse, size, mode="bilinear", align_corners=False)[0]


def flat(color, count, size=8):
    """Pictures of one colour, which no crop and no flip can change: (N, 3, S, S)."""
    return torch.tensor(color)[None, :, None, None].repeat(count, 1, size, size)


@pytest.fixture(scope="module")
def crops(student):
    """500 crops, measured on pictures whose red is the column and whose green the row, none of them jittered.

    Returns:
        For each picture that did not become grey: width and height as parts of the whole, negative where mirrored, and
        the centre's column; each (M,).
    """
    ramp = torch.tensor([0.5, 47.5]) / 48
    corners = torch.stack([ramp.expand(2, 2), ramp[:, None].expand(2, 2), torch.full((2, 2), 0.5)])
    grown = {"mode": "bilinear", "align_corners": True}
    rng = seeds.generator("crops")
    answer = augmented(student, rng, corners.repeat(500, 1, 1, 1), strength=0.0, scale_factor=24.0, **grown)
    red, green = answer[:, 0], answer[:, 1]
    colored = (red - green).abs().amax(dim=(1, 2)) > 0.01
    columns, rows = red[colored].mean(dim=1), green[colored].mean(dim=2)
    expect.that(len(columns) > 250, "most pictures became grey. Greyscale has the probability 0.2.")
    return (columns[:, 23] - columns[:, 8]) / 15 * 32, (rows[:, 23] - rows[:, 8]) / 15 * 32, columns.mean(dim=1)


@pytest.fixture(scope="module")
def unjittered(student):
    """What 24 calls of one augmentation of strength 0 make of three pictures of one flat colour."""
    augmentation, rng = student.make(AUGMENTATION, 8, 0.0), seeds.generator("unjittered")
    drawn = torch.randint(2**31, (24,), generator=rng).tolist()
    return [augmentation(flat(COLOR, 3), seed=seed).value for seed in drawn]


@pytest.fixture(scope="module")
def jittered(student):
    """800 augmentations of strength 0.5 of one flat colour: (800, 3, 8, 8)."""
    return augmented(student, seeds.generator("jittered"), flat(COLOR, 800), size=8)


def turns(answer):
    """By how much of the colour circle each picture of a flat colour has turned, without those that became grey."""
    colors = [row for row in answer.mean(dim=(2, 3)).tolist() if max(row) - min(row) > 0.02]
    expect.that(2 * len(colors) > len(answer), "most pictures became grey. Greyscale has the probability 0.2.")
    return [(oracles.hue(row) - oracles.hue(COLOR) + 0.5) % 1 - 0.5 for row in colors]


def test_makes_float_images_of_the_asked_size(student, rng, unjittered):
    answer = augmented(student, rng, torch.rand(5, 3, 40, 36, generator=rng), size=24)
    expect.dtype(answer, torch.float32, "the augmented batch")
    for answer in unjittered:  # a mistake may depend on the draw
        expect.shape(answer, (3, 3, 8, 8), "the augmented batch", SHAPE)
        expect.dtype(answer, torch.float32, "the augmented batch")
    default = student.make(AUGMENTATION)
    default.modes()  # a module, not a function
    expect.shape(default(torch.rand(1, 3, 36, 40, generator=rng)).value, (1, 3, 32, 32), "a batch of one by default")


def test_stays_between_0_and_1(student, rng):
    bright = torch.rand(64, 3, 16, 16, generator=rng).sqrt()
    answer = augmented(student, rng, bright, size=16, strength=1.0)
    inside = answer.min().item() >= -1e-4 and answer.max().item() <= 1 + 1e-4
    expect.that(
        inside, "the augmented images should stay in [0, 1]. Clamp after a jitter of your own; do not standardise."
    )
    expect.that(answer.max().item() > 0.1, "the augmented images are too dark. Keep them in [0, 1].")


def test_every_image_gets_its_own_draw(student, rng):
    answer = augmented(student, rng, photo(rng).repeat(16, 1, 1, 1))
    different = len({tuple(image.flatten().tolist()) for image in answer})
    expect.that(different >= 14, f"16 copies of a photo gave {different} different pictures. {EACH}")


def test_draws_anew_at_every_call_from_the_global_generator(student, rng):
    photos, augmentation = photo(rng).repeat(3, 1, 1, 1), student.make(AUGMENTATION, 32, 0.5)
    first, again, other = (augmentation(photos, seed=seed).value for seed in (1, 1, 2))
    for answer in (first, again, other):
        expect.shape(answer, (3, 3, 32, 32), "the augmented batch")
    expect.that(
        not torch.equal(first, other), "two calls gave the same pictures. Draw in forward, not when it is made."
    )
    expect.that(torch.equal(first, again), "torch.manual_seed does not repeat the draws. Use torch's global generator.")


def test_leaves_its_input_alone(student, rng):
    photos = torch.rand(8, 3, 32, 32, generator=rng)
    reply = student.make(AUGMENTATION, 32, 0.5)(photos, seed=5)
    expect.shape(reply.value, (8, 3, 32, 32), "the augmented batch")
    expect.unchanged(photos, reply.inputs[0], "the batch")


def test_strength_0_leaves_colours_alone(unjittered):
    whole = [answer for answer in unjittered if isinstance(answer, torch.Tensor) and answer.shape == (3, 3, 8, 8)]
    expect.that(len(whole) > 1, f"the augmented batch has another shape. {SHAPE}")
    answer = torch.cat(whole).amax(dim=(2, 3))  # a padding would be darker, and is another test's question
    colored = answer[(answer.amax(dim=1) - answer.amin(dim=1)) > 0.01]
    expect.that(len(colored) > 4, "most pictures became grey. Greyscale has the probability 0.2.")
    off = (colored - torch.tensor(COLOR)).abs().max().item()
    expect.that(off < 0.006, f"at strength 0 a colour has changed. {JITTER}")


def test_crops_8_to_100_percent_of_the_area(crops):
    width, height, _ = crops
    area = (width * height).abs()
    hint = "The resized crop takes 8 to 100 % of the area."
    expect.that(area.min().item() > 0.06, f"a crop is too small. {hint}")
    expect.that(area.min().item() < 0.16, f"no crop is smaller than 16 % of the area. {hint}")
    expect.that(area.max().item() > 0.8, f"no crop is larger than 80 % of the area. {hint}")
    expect.that(area.max().item() < 1.1, f"a crop is larger than the picture. {hint}")


def test_crops_have_aspect_ratios_of_3_to_4_and_4_to_3(crops):
    width, height, _ = crops
    ratio = (width / height).abs()
    hint = "The aspect ratio lies between 3/4 and 4/3."
    expect.that(ratio.min().item() < 0.87, f"no crop is clearly higher than wide. {hint}")
    expect.that(ratio.max().item() > 1.15, f"no crop is clearly wider than high. {hint}")
    expect.that(ratio.min().item() > 0.66 and ratio.max().item() < 1.5, f"a crop is too long. {hint}")


def test_crops_lie_anywhere(crops):
    width, _, center = crops
    left, right = center - width.abs() / 2, center + width.abs() / 2
    small = width.abs() < 0.7
    expect.that(int(small.sum()) > 20, "hardly any crop is narrower than 70 % of the picture.")
    spread = left[small].min().item() < 0.15 and right[small].max().item() > 0.85
    expect.that(
        spread and center[small].std().item() > 0.05, "the crops all lie in one place. Draw their position, too."
    )


def test_mirrors_half_of_the_images(crops):
    width, _, _ = crops
    part = (width < 0).double().mean().item()
    hint = "Flip horizontally with probability 0.5, each image for itself."
    expect.that(0.35 < part < 0.65, f"{part:.0%} of the images are mirrored. {hint}")


def test_turns_no_image_upside_down(student, rng):
    darker = torch.linspace(0.1, 0.4, 32)[None, None, :, None].expand(3, 3, 32, 32).clone()  # at the top
    answer = torch.cat([augmented(student, rng, darker, strength=0.0) for _ in range(12)]).mean(dim=(1, 3))
    upright = bool((answer[:, 24:].mean(dim=1) > answer[:, :8].mean(dim=1)).all())
    expect.that(upright, "an image is upside down. Flip left and right only.")


def test_a_fifth_becomes_grey(jittered):
    grey = (jittered.amax(dim=1) - jittered.amin(dim=1)).amax(dim=(1, 2)) < 0.008
    part = grey.double().mean().item()
    expect.that(
        0.115 < part < 0.285, f"{part:.0%} of the images are grey. Greyscale has the probability 0.2, each for itself."
    )


def test_four_fifths_are_jittered(jittered):
    answer = jittered.mean(dim=(2, 3))
    colored = answer[(answer.amax(dim=1) - answer.amin(dim=1)) > 0.008]
    expect.that(len(colored) > 100, "most pictures became grey. Greyscale has the probability 0.2.")
    part = ((colored / torch.tensor(COLOR) - 1).abs().amax(dim=1) > 0.007).double().mean().item()
    hint = "The jitter has the probability 0.8, each image for itself."
    expect.that(0.7 < part < 0.885, f"the colours of {part:.0%} of the images are jittered. {hint}")


def test_brightness_follows_the_strength(student, rng):
    for strength in (0.25, 0.5, 1.0):
        answer = augmented(student, rng, flat([0.4, 0.4, 0.4], 200), size=8, strength=strength)
        factor, reach = answer.mean(dim=(1, 2, 3)) / 0.4, 0.8 * strength
        low, high = (1 - factor.min().item()) / reach, (factor.max().item() - 1) / reach
        within = max(low, high) < 1.08
        expect.that(within, f"at strength {strength} the brightness of a grey image changes by too much. {JITTER}")
        reached = min(low, high) > 0.75
        expect.that(reached, f"at strength {strength} the brightness of a grey image changes by too little. {JITTER}")


def plateau(values, where):
    """The median of each picture's values at those places, since a filter may overshoot at edges: (N, H, W) -> (N,)."""
    return values.masked_fill(~where, float("nan")).flatten(1).nanmedian(dim=1).values


def test_contrast_and_saturation_follow_the_strength(student, rng):
    stripes = torch.tensor([[0.1, 0.1, 0.1], [0.35, 0.35, 0.35], [0.35, 0.2, 0.1]]).repeat(3, 1)
    pictures = stripes.T[None, :, :, None].repeat(350, 1, 1, 9)
    answer = augmented(student, rng, pictures, size=36, scale_factor=8.0)
    chroma = answer.amax(dim=1) - answer.amin(dim=1)  # (N, 36, 36)
    colored = chroma.amax(dim=(1, 2)) > 0.02
    answer, chroma = answer[colored], chroma[colored]
    expect.that(len(answer) > 100, "most pictures became grey. Greyscale has the probability 0.2.")
    luma, grey = answer.mean(dim=1), chroma < 0.008
    highest = luma.masked_fill(~grey, 0).amax(dim=(1, 2))
    lowest = luma.masked_fill(~grey, 1).amin(dim=(1, 2))
    upper = luma > ((highest + lowest) / 2)[:, None, None]
    contrast = (plateau(luma, grey & upper) - plateau(luma, grey & ~upper)) / 0.25  # times the brightness
    whole = contrast > 0.3  # both grey stripes are in the crop
    vivid = chroma > chroma.amax(dim=(1, 2), keepdim=True) / 2
    saturation, contrast = (plateau(chroma, vivid) / 0.25 / contrast)[whole], contrast[whole]
    expect.that(len(contrast) > 50, f"the contrast of a striped picture is lost. {JITTER}")
    expect.that(contrast.max().item() < 2.05, f"contrast or brightness change by too much. {JITTER}")
    expect.that(contrast.max().item() > 1.46, f"brightness and contrast together change by too little. {JITTER}")
    low, high = saturation.min().item(), saturation.max().item()
    expect.that(low > 0.45 and high < 1.6, f"the saturation changes by too much. {JITTER}")
    expect.that(low < 0.75 and high > 1.25, f"the saturation changes by too little. {JITTER}")


def test_hue_turns_by_a_fifth_of_the_strength(student, rng, jittered):
    hint = "The hue turns by up to 0.2 s of the colour circle, in both directions."
    for strength in (0.5, 0.25):
        answer = jittered if strength == 0.5 else augmented(student, rng, flat(COLOR, 200), size=8, strength=strength)
        turned, reach = turns(answer), 0.2 * strength
        within = max(map(abs, turned)) < reach + 0.02
        expect.that(within, f"at strength {strength} the hue turns by too much. {hint}")
        expect.that(min(turned) < -0.6 * reach and max(turned) > 0.6 * reach, f"the hue turns by too little. {hint}")


def test_blurs_nothing(student, rng):
    stripes = torch.tensor([0.0, 1.0]).repeat(4)
    pictures = stripes.expand(80, 3, 8, 8).clone()
    row = augmented(student, rng, pictures, strength=0.0, scale_factor=12.0)[:, 0, 16]
    contrast = row.amax(dim=1) - row.amin(dim=1)
    steepest = (row[:, 1:] - row[:, :-1]).abs().amax(dim=1) / contrast.clamp(min=0.1)
    soft = (steepest < 0.42).double().mean().item()
    expect.that(soft < 0.05, f"the edges of {soft:.0%} of the images are soft. There is no blur on CIFAR-10.")


def test_two_views_augment_each_image_once(student, rng):
    images = 100 * torch.rand(5, 3, 4, 6, generator=rng)
    views = student.call(TWO_VIEWS, images, student.prop("Noise", 1000.0)).value
    expect.that(isinstance(views, tuple | list) and len(views) == 2, "two_views should return two batches.")
    for name, view in zip(("first", "second"), views, strict=True):
        added = expect.shape(view, (5, 3, 4, 6), f"the {name} view") - images
        hint = "Augment the images themselves, once for each view, and keep their order."
        once = bool(((added > 999.9) & (added < 1001.1)).all())
        expect.that(once, f"the {name} view is not an augmentation of the images. {hint}")


def test_two_views_draw_independently(student, rng):
    images = torch.rand(4, 3, 5, 5, generator=rng)
    views = student.call(TWO_VIEWS, images, student.prop("Noise")).value
    expect.that(isinstance(views, tuple | list) and len(views) == 2, "two_views should return two batches.")
    for view in views:
        expect.shape(view, (4, 3, 5, 5), "a view")
    drawn = torch.cat([view - images for view in views]).flatten(1)
    apart = min((drawn[i] - drawn[j]).abs().max().item() for i in range(8) for j in range(i))
    expect.that(apart > 0.05, "two views share their draw. Call the augmentation for each view, on the whole batch.")


def test_two_views_leave_size_to_the_augmentation(student, rng):
    images = torch.rand(3, 3, 6, 6, generator=rng)
    views = student.call(TWO_VIEWS, images, student.prop("AdaptiveAvgPool2d", 2)).value
    expect.that(isinstance(views, tuple | list) and len(views) == 2, "two_views should return two batches.")
    pooled = images.unflatten(3, (2, 3)).unflatten(2, (2, 3)).mean(dim=(3, 5))
    for view in views:
        expect.close(view, pooled, "a view by an augmentation that averages", "Return what the augmentation gives.")
