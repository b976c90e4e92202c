"""Hidden suite of `two_views`: the draws of the augmentation, measured on pictures that give them away.

A test quotes what it demands. The draws themselves come from fixed seeds, so that no mark depends on luck; and the
bounds are so wide that an honest submission misses one less than once in a million times, whatever its draws.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from autograder.suites import expect, seeds
from autograder.suites import simclr_oracles as oracles

AUGMENTATION = "simclr.simclr_augmentation"
TWO_VIEWS = "simclr.two_views"
DRAWS = 0  # the seed of the first call of an augmentation
EACH = "Every image gets its own draw: kornia's modules do that, torchvision's draw once for a whole batch."
SHAPE = "Keep the batch and the three channels; a grey image has three equal ones."
COLOR = (140.2 / 255, 90.2 / 255, 64.2 / 255)  # eight bits represent it well, rounded or truncated
DARK, LIGHT = 64.2 / 255, 145.2 / 255
JITTER = "The jitter's factors come from [1 - 0.8 s, 1 + 0.8 s], s being the strength that is given."
HUE = "The hue turns by up to 0.2 s of the colour circle, in both directions."
CROP = "The resized crop takes 8 to 100 % of the area."
STRENGTHS = (0.5, 0.25)


def augmented(student, pictures, size=32, strength=0.5, options=None, **grown):
    """What a fresh augmentation makes of a batch of pictures, its shape asserted.

    A shape that is wrong only at some draws is the subject of one test; the others try again. `options` are further
    arguments of the augmentation. With `grown`, settings of nn.Upsample, the pictures are sent small and enlarged next
    to the submission.
    """
    augmentation = student.make(AUGMENTATION, size, strength, **(options or {}))
    if grown:
        augmentation = student.prop("Sequential", student.prop("Upsample", **grown), augmentation)
    for batch in (pictures[:2], pictures):  # a wrong size is found while it is cheap
        wanted = (len(batch), 3, size, size)
        for seed in range(DRAWS, DRAWS + 6):
            answer = augmentation(batch, seed=seed).value
            if isinstance(answer, torch.Tensor) and tuple(answer.shape) == wanted:
                break
        expect.shape(answer, wanted, "the augmented batch", SHAPE)
    expect.that(not answer.is_complex(), f"the augmented batch should hold real numbers, got {answer.dtype}")
    expect.that(bool(answer.isfinite().all()), "the augmented batch holds a value that is not finite (nan or inf)")
    return answer.float()  # its dtype is the subject of one test


def photos(rng, count):
    """Copies of one colourful picture: (N, 3, 32, 32)."""
    coarse = torch.rand(1, 3, 5, 5, generator=rng)
    picture = torch.nn.functional.interpolate(coarse, 32, mode="bilinear", align_corners=False)
    return picture.repeat(count, 1, 1, 1)


def flat(color, count, size=8):
    """Pictures of one colour, which no crop and no flip can change: (N, 3, S, S). A crop has more than one pixel."""
    return torch.tensor(color)[None, :, None, None].repeat(count, 1, size, size)


def tiled(cells, count):
    """Pictures of 8x8 cells, two rows and two columns of colours repeated: (N, 3, 8, 8); every crop has all of them."""
    return torch.tensor(cells).permute(2, 0, 1).repeat(count, 1, 4, 4)


def chroma_of(answer):
    """By how much the channels of every pixel differ: (N, 3, S, S) -> (N, S, S)."""
    return answer.amax(dim=1) - answer.amin(dim=1)


def plateau(values, where):
    """The median of each picture's values at those places, since a filter may overshoot at edges: (N, H, W) -> (N,)."""
    return values.masked_fill(~where, float("nan")).flatten(1).nanmedian(dim=1).values


def levels(luma, where):
    """The darker and the lighter grey of each picture, and how much of it is light: three times (N,)."""
    highest, lowest = luma.masked_fill(~where, -9).amax(dim=(1, 2)), luma.masked_fill(~where, 9).amin(dim=(1, 2))
    upper = luma > ((highest + lowest) / 2)[:, None, None]
    light = (where & upper).sum(dim=(1, 2)) / where.sum(dim=(1, 2))
    return plateau(luma, where & ~upper), plateau(luma, where & upper), light


def spreads(values, reach, what, hint, slack=0.07):
    """Asserts that random changes lie within ±reach and come near to both of its ends."""
    low, high = -values.min().item(), values.max().item()
    expect.that(max(low, high) < 1.1 * reach + slack, f"{what} by too much. {hint}")
    expect.that(max(low, high) > 0.2 * reach, f"{what} hardly at all. {hint}")
    one_way = min(low, high) < 0.2 * reach and max(low, high) > 0.7 * reach
    expect.that(not one_way, f"{what} in one direction only. {hint}")
    expect.that(min(low, high) > 0.7 * reach, f"{what} by too little. {hint}")


@pytest.fixture(scope="module")
def works(student):
    """Asserts that the augmentation changes photos, and makes pictures of one colour of pictures of one colour."""
    images = photos(seeds.generator("works"), 4)
    expect.that(not torch.allclose(augmented(student, images), images), "the augmentation changes nothing.")
    colors = torch.tensor([COLOR, (0.2, 0.3, 0.6), (0.3, 0.7, 0.4), (0.6, 0.6, 0.2)]).repeat(4, 1)
    pictures = colors[:, :, None, None].repeat(1, 1, 16, 16)
    middle = augmented(student, pictures)[:, :, 8:24, 8:24].flatten(2)  # where no padding reaches
    one_color = (middle.amax(dim=2) - middle.amin(dim=2)).amax(dim=1).median() < 0.02
    different = middle.mean(dim=2).std(dim=0).min() > 1e-3
    expect.that(bool(one_color and different), "the augmented batch does not come from the images that were given.")


@pytest.fixture(scope="module")
def crops(student, works):
    """420 crops of the paper's, as `measured` returns them."""
    return measured(student, 420)


def measured(student, count, **options):
    """So many crops, measured on pictures whose red is the column and whose green the row, none of them jittered.

    Returns:
        For each picture that did not become grey: width and height as parts of the whole, negative where mirrored or
        upside down, the centre's column, and by how much the column changes from row to row; each (M,).
    """
    ramp = torch.tensor([0.5, 47.5]) / 48
    corners = torch.stack([ramp.expand(2, 2), ramp[:, None].expand(2, 2), torch.full((2, 2), 0.5)])
    grown = {"mode": "bilinear", "align_corners": True}
    pictures = corners.repeat(count, 1, 1, 1)
    answer = augmented(student, pictures, strength=0.0, options=options, scale_factor=24.0, **grown)
    red, green = answer[:, 0], answer[:, 1]
    colored = (red - green).abs().amax(dim=(1, 2)) > 0.01
    columns, rows = red[colored].mean(dim=1), green[colored].mean(dim=2)
    expect.that(len(columns) > count * 0.47, "most pictures became grey. Greyscale has the probability 0.2.")
    middle = red[colored][:, 8:24, 8:24]  # where no padding reaches
    tilt = (middle.amax(dim=1) - middle.amin(dim=1)).amax(dim=1)
    width, height = (columns[:, 23] - columns[:, 8]) / 15 * 32, (rows[:, 23] - rows[:, 8]) / 15 * 32
    return width, height, columns.mean(dim=1), tilt


@pytest.fixture(scope="module")
def jittered(student):
    """2000 augmentations of strength 0.5 of one flat colour, the mean of each: (2000, 3)."""
    return augmented(student, flat(COLOR, 2000), size=4).mean(dim=(2, 3))


@pytest.fixture(scope="module")
def greys(student):
    """For each strength, by how much the brightness and the contrast of 140 pictures in two greys have changed."""
    cells = [[[DARK] * 3, [LIGHT] * 3]] * 2
    changes = {}
    for strength in STRENGTHS:
        luma = augmented(student, tiled(cells, 140), strength=strength, scale_factor=4.0).mean(dim=1)
        dark, light, part = levels(luma, torch.ones_like(luma, dtype=torch.bool))
        mean, middle = DARK + part * (LIGHT - DARK), (DARK + LIGHT) / 2
        both = (light - dark) / (LIGHT - DARK)
        brightness = (dark + light - 2 * both * (middle - mean)) / (2 * mean)
        changes[strength] = SimpleNamespace(brightness=brightness - 1, contrast=both / brightness - 1)
    return changes


@pytest.fixture(scope="module")
def colors(student):
    """For each strength, by how much the saturation and the hue of 180 pictures in a colour and two greys change."""
    cells = [[[DARK] * 3, [LIGHT] * 3], [COLOR, COLOR]]
    changes = {}
    for strength in STRENGTHS:
        answer = augmented(student, tiled(cells, 180), strength=strength, scale_factor=4.0)
        answer = answer[chroma_of(answer).amax(dim=(1, 2)) > 0.03]
        expect.that(len(answer) > 60, "most pictures became grey. Greyscale has the probability 0.2.")
        chroma, luma = chroma_of(answer), answer.mean(dim=1)
        strongest = chroma.amax(dim=(1, 2), keepdim=True)
        vivid = chroma > strongest / 2
        dark, light, _ = levels(luma, chroma < strongest / 10)
        before = (max(COLOR) - min(COLOR)) / (LIGHT - DARK)  # brightness and contrast keep this ratio
        saturation = plateau(chroma, vivid) / (light - dark).clamp(min=1e-3) / before
        mean = torch.stack([plateau(answer[:, channel], vivid) for channel in range(3)], dim=1)
        turns = [(oracles.hue(row) - oracles.hue(COLOR) + 0.5) % 1 - 0.5 for row in mean.tolist()]
        changes[strength] = SimpleNamespace(saturation=saturation - 1, hue=torch.tensor(turns))
    return changes


def test_makes_float_images_of_the_asked_size(student, rng, works):
    """A module that maps (B, 3, H, W) float32 in [0, 1] to (B, 3, S, S) float32 in [0, 1]."""
    augmentation, images = student.make(AUGMENTATION, 24, 0.5), torch.rand(5, 3, 40, 36, generator=rng)
    augmentation.modes()  # a module, not a function
    for seed in range(DRAWS, DRAWS + 12):  # a mistake may depend on the draw
        answer = augmentation(images, seed=seed).value
        expect.shape(answer, (5, 3, 24, 24), "the augmented batch", SHAPE)
        expect.dtype(answer, torch.float32, "the augmented batch")


def test_makes_32x32_by_default_of_a_single_image(student, rng, works):
    """the height and width of the augmented images, whatever those of the given ones; by default 32"""
    answer = student.make(AUGMENTATION)(torch.rand(1, 3, 36, 40, generator=rng)).value
    expect.shape(answer, (1, 3, 32, 32), "a batch of one by default")


def test_stays_between_0_and_1(student, rng, works):
    """to (B, 3, S, S) float32 in [0, 1]"""
    bright = torch.rand(64, 3, 16, 16, generator=rng).sqrt()
    answer = augmented(student, bright, strength=1.0)
    inside = answer.min().item() >= -1e-4 and answer.max().item() <= 1 + 1e-4
    expect.that(
        inside, "the augmented images should stay in [0, 1]. Clamp after a jitter of your own; do not standardise."
    )
    expect.that(answer.max().item() > 0.1, "the augmented images are too dark. Keep them in [0, 1].")


def test_every_image_gets_its_own_draw(student, rng, works):
    """Every image of the batch gets its own draw of everything."""
    answer = augmented(student, photos(rng, 16))
    different = len({tuple(image.flatten().tolist()) for image in answer})
    expect.that(different >= 12, f"16 copies of a photo gave {different} different pictures. {EACH}")


def test_draws_anew_at_every_call_from_the_global_generator(student, rng, works):
    """Every call draws anew, from torch's global random state"""
    augmentation, images = student.make(AUGMENTATION, 32, 0.5), photos(rng, 3)
    first, again, other = (augmentation(images, seed=DRAWS + call).value for call in (1, 1, 2))
    for answer in (first, again, other):
        expect.shape(answer, (3, 3, 32, 32), "the augmented batch")
    expect.that(
        not torch.equal(first, other), "two calls gave the same pictures. Draw in forward, not when it is made."
    )
    expect.that(torch.equal(first, again), "torch.manual_seed does not repeat the draws. Use torch's global generator.")


def test_leaves_its_input_alone(student, rng, works):
    """its input is left as it was"""
    images = torch.rand(8, 3, 32, 32, generator=rng)
    reply = student.make(AUGMENTATION, 32, 0.5)(images, seed=DRAWS)
    expect.shape(reply.value, (8, 3, 32, 32), "the augmented batch")
    expect.unchanged(images, reply.inputs[0], "the batch")


def test_strength_0_leaves_colours_alone(student):
    """0 leaves colours as they are"""
    answer = augmented(student, flat(COLOR, 60), strength=0.0).amax(dim=(2, 3))  # padding would be darker
    colored = answer[(answer.amax(dim=1) - answer.amin(dim=1)) > 0.01]
    expect.that(len(colored) > 4, "most pictures became grey. Greyscale has the probability 0.2.")
    changed = ((colored - torch.tensor(COLOR)).abs().amax(dim=1) >= 0.006).double().mean().item()
    hint = "Only the jitter and the greyscale change colours."  # the jitter would change 80 % of them
    expect.that(not 0 < changed < 0.5, f"at strength 0 the colours of some images have changed. {hint}")
    expect.that(changed == 0, f"at strength 0 a colour has changed. {JITTER}")


def test_crops_8_to_100_percent_of_the_area(crops):
    """Random resized crop: 8 to 100 % of the area"""
    width, height, *_ = crops
    area = (width * height).abs()
    expect.that(area.min().item() > 0.06, f"a crop is too small. {CROP}")
    expect.that(area.min().item() < 0.16, f"no crop is smaller than 16 % of the area. {CROP}")
    expect.that(area.max().item() > 0.8, f"no crop is larger than 80 % of the area. {CROP}")
    expect.that(area.max().item() < 1.1, f"a crop is larger than the picture. {CROP}")


def test_crops_take_min_area_at_least(student, works):
    """the smallest part of the image's area that a crop takes"""
    width, height, *_ = measured(student, 140, min_area=0.5)
    area = (width * height).abs()
    expect.that(area.min().item() > 0.2, "min_area is ignored: a crop is far smaller than it.")
    hint = "Crop from min_area on, which is a fraction of the area, not of a side."
    expect.that(area.min().item() > 0.43, f"a crop is smaller than min_area. {hint}")
    expect.that(area.min().item() < 0.68, f"no crop is nearly as small as min_area. {hint}")


def test_crops_have_aspect_ratios_of_3_to_4_and_4_to_3(crops):
    """aspect ratio 3/4 to 4/3"""
    width, height, *_ = crops
    ratio = (width / height).abs()
    hint = "The aspect ratio lies between 3/4 and 4/3."
    expect.that(ratio.min().item() < 0.87, f"no crop is clearly taller than wide. {hint}")
    expect.that(ratio.max().item() > 1.15, f"no crop is clearly wider than tall. {hint}")
    expect.that(ratio.min().item() > 0.66 and ratio.max().item() < 1.5, f"a crop is too elongated. {hint}")


def test_crops_lie_anywhere(crops):
    """anywhere in the image"""
    width, _, center, _ = crops
    left, right = center - width.abs() / 2, center + width.abs() / 2
    small = width.abs() < 0.7
    expect.that(int(small.sum()) > 20, "hardly any crop is narrower than 70 % of the picture.")
    spread = left[small].min().item() < 0.15 and right[small].max().item() > 0.85
    expect.that(
        spread and center[small].std().item() > 0.05, "all crops are in the same place. Draw their position, too."
    )


def test_mirrors_half_of_the_images(crops):
    """Horizontal flip with probability 0.5"""
    width, *_ = crops
    part = (width < 0).double().mean().item()
    hint = "Flip horizontally with probability 0.5, each image for itself."
    expect.that(0.35 < part < 0.65, f"{part:.0%} of the images are mirrored. {hint}")


def test_turns_no_image_upside_down(crops):
    """no image is flipped upside down"""
    _, height, _, tilt = crops
    expect.that(bool((height > 0).all()), "an image is upside down. Flip left and right only.")
    expect.that(tilt.max().item() < 0.02, "an image is rotated. Only the crop and the flip move pixels.")


def test_a_fifth_becomes_grey(jittered):
    """With probability 0.2, greyscale (three equal channels)."""
    part = ((jittered.amax(dim=1) - jittered.amin(dim=1)) < 0.008).double().mean().item()
    hint = "Greyscale has the probability 0.2, each for itself."
    expect.that(0.15 < part < 0.25, f"{part:.0%} of the images are grey. {hint}")


def test_four_fifths_are_jittered(jittered):
    """With probability 0.8, colour jitter"""
    colored = jittered[(jittered.amax(dim=1) - jittered.amin(dim=1)) > 0.008]
    expect.that(len(colored) > 100, "most pictures became grey. Greyscale has the probability 0.2.")
    part = ((colored / torch.tensor(COLOR) - 1).abs().amax(dim=1) > 0.009).double().mean().item()
    hint = "The jitter has the probability 0.8, each image for itself."
    expect.that(0.74 < part < 0.86, f"the colours of {part:.0%} of the images are jittered. {hint}")


def test_blurs_nothing(student, works):
    """There is no blur on CIFAR-10 (appendix B.9)."""
    stripes = torch.tensor([0.0, 1.0]).repeat(4)
    row = augmented(student, stripes.expand(80, 3, 8, 8).clone(), strength=0.0, scale_factor=12.0)[:, 0, 16]
    contrast = row.amax(dim=1) - row.amin(dim=1)
    steepest = (row[:, 1:] - row[:, :-1]).abs().amax(dim=1) / contrast.clamp(min=0.1)
    soft = (steepest < 0.42).double().mean().item()
    expect.that(soft < 0.05, f"the edges of {soft:.0%} of the images are soft. There is no blur on CIFAR-10.")


@pytest.mark.parametrize("strength", STRENGTHS)
def test_brightness_follows_the_strength(greys, strength):
    """brightness, contrast and saturation each by a factor from [1 - 0.8 s, 1 + 0.8 s]"""
    what = f"at strength {strength} the brightness changes"
    spreads(greys[strength].brightness, 0.8 * strength, what, JITTER)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_contrast_follows_the_strength(greys, strength):
    """contrast and saturation each by a factor from [1 - 0.8 s, 1 + 0.8 s]"""
    what = f"at strength {strength} the contrast changes"
    spreads(greys[strength].contrast, 0.8 * strength, what, JITTER)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_saturation_follows_the_strength(colors, strength):
    """saturation each by a factor from [1 - 0.8 s, 1 + 0.8 s]"""
    what = f"at strength {strength} the saturation changes"
    spreads(colors[strength].saturation, 0.8 * strength, what, JITTER)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_hue_turns_by_a_fifth_of_the_strength(colors, strength):
    """hue by up to 0.2 s of the colour circle in both directions"""
    spreads(colors[strength].hue, 0.2 * strength, f"at strength {strength} the hue turns", HUE, slack=0.02)


def views_of(student, images, *noise, shape=None, **settings):
    """The two views of a batch, their shapes asserted; the augmentation is a `Noise` or the layer that is named."""
    kind, *args = noise or ("Noise",)
    views = student.call(TWO_VIEWS, images, student.prop(kind, *args, **settings)).value
    expect.that(isinstance(views, tuple | list) and len(views) == 2, "two_views should return two batches.")
    return [
        expect.shape(view, shape or tuple(images.shape), f"the {n} view")
        for view, n in zip(views, ("first", "second"), strict=True)
    ]


def test_two_views_augment_each_image_once(student, rng):
    """entry i of both comes from image i, augmented once"""
    for count in (5, 1):
        images = 100 * torch.rand(count, 3, 4, 6, generator=rng)
        for name, view in zip(("first", "second"), views_of(student, images, offset=1000.0), strict=True):
            added = view - images
            hint = "Augment the images themselves, once for each view, and keep their order."
            once = bool(((added > 999.9) & (added < 1001.1)).all())
            expect.that(once, f"the {name} view is not an augmentation of the images. {hint}")


def test_two_views_draw_independently(student, rng):
    """Augments every image twice, independently: a positive pair (section 2.1)."""
    images = 100 * torch.rand(4, 3, 5, 5, generator=rng)
    drawn = torch.cat([view - images for view in views_of(student, images)]).flatten(1)
    expect.that(drawn.abs().max().item() < 3, "the views are not those of the images that were given.")
    apart = min((drawn[i] - drawn[j]).abs().max().item() for i in range(8) for j in range(i))
    expect.that(apart > 0.05, "two views share their draw. Call the augmentation for each view, on the whole batch.")


def test_two_views_call_the_augmentation_on_the_whole_batch(student, rng):
    """The augmentation is called once for each view, on the whole batch"""
    images = torch.rand(4, 3, 5, 5, generator=rng)
    first, second = (view - images for view in views_of(student, images, offset=2.0, shared=True))
    hint = "Call it twice, each time on the whole batch."
    for added in (first, second):
        one = bool((added > 1.9).all()) and (added.amax() - added.amin()).item() < 1e-4
        expect.that(one, f"the images of a view were augmented in several calls. {hint}")
    apart = (first.mean() - second.mean()).abs().item()
    expect.that(apart > 1e-4, f"both views were augmented in one call. {hint}")


def test_two_views_leave_size_to_the_augmentation(student, rng):
    """as the augmentation gave them"""
    images = torch.rand(3, 3, 6, 6, generator=rng)
    pooled = images.unflatten(3, (2, 3)).unflatten(2, (2, 3)).mean(dim=(3, 5))
    for view in views_of(student, images, "AdaptiveAvgPool2d", 2, shape=(3, 3, 2, 2)):
        expect.close(view, pooled, "a view by an augmentation that averages", "Return what the augmentation gives.")
