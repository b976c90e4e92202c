"""What stages/simclr.py should do, in the order of the paper."""

from __future__ import annotations

import colorsys
import math
from types import SimpleNamespace

import expect
import pytest
import torch
from stages import simclr
from torch import nn
from toys import Descent


@pytest.fixture(autouse=True)
def same_draws_every_time():
    """Whatever a test or your code draws without a generator of its own is the same in every run."""
    torch.manual_seed(0)


def random(*shape, seed=0, dtype=torch.float32):
    """Normal numbers, the same every time."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# two_views ------------------------------------------------------------------------------------------------------------


COLOR, DARK, LIGHT = (0.55, 0.35, 0.25), 0.25, 0.57


def pictures_of(cells, count, pixels=4):
    """Copies of an image of rows and columns of (red, green, blue), each a square of that many pixels."""
    picture = torch.tensor(cells).permute(2, 0, 1)
    return picture.repeat_interleave(pixels, dim=1).repeat_interleave(pixels, dim=2).repeat(count, 1, 1, 1)


def photos(count):
    """Copies of one colourful image: (count, 3, 32, 32)."""
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)).repeat(count, 1, 1, 1)


def augmented(images, size=32, strength=0.5, **options):
    """The images, augmented with seed 0, their shape asserted."""
    torch.manual_seed(0)
    answer = simclr.simclr_augmentation(size, strength, **options)(images)
    return expect.shape(answer, (len(images), 3, size, size), "the augmented batch", "Keep the three channels.")


def spreads(changes, reach, what, slack=0.07):
    """Asserts that random changes, 0 for none, lie within ±reach and come close to both ends."""
    low, high = min(changes), max(changes)
    fits = max(-low, high) < 1.1 * reach + slack and min(-low, high) > 0.7 * reach
    expect.that(fits, f"{what} changes by {low:+.2f} to {high:+.2f}, it should fill ±{reach:.2f} in both directions")


@pytest.mark.stage("two_views")
def test_augmentation_makes_float_images_of_the_asked_size():
    augment = simclr.simclr_augmentation(24, 1.0)
    expect.that(isinstance(augment, nn.Module), f"the augmentation should be an nn.Module, got {type(augment)}")
    images = torch.rand(20, 3, 40, 36, generator=torch.Generator().manual_seed(0)).sqrt()
    before = images.clone()
    answer = expect.shape(augment(images), (20, 3, 24, 24), "the augmented batch")
    expect.dtype(answer, torch.float32, "the augmented batch")
    inside = bool((answer >= -1e-4).all() and (answer <= 1 + 1e-4).all())
    expect.that(inside, "augmented images stay in [0, 1]: clamp after your own changes, and do not standardise")
    expect.that(answer.std() > 0.02, "the augmented batch does not come from the images that were given")
    expect.unchanged(before, images, "the given batch")
    expect.shape(simclr.simclr_augmentation()(images[:1]), (1, 3, 32, 32), "a batch of one by default")


@pytest.mark.stage("two_views")
def test_every_image_gets_its_own_draw():
    different = len({tuple(image.flatten().tolist()) for image in augmented(photos(12))})
    hint = "Every image gets its own draw: kornia's modules do that, torchvision's draw once for a whole batch."
    expect.that(different > 9, f"12 copies of a photo should become 12 different images, got {different}. {hint}")


@pytest.mark.stage("two_views")
def test_strength_0_leaves_colours_alone():
    answer = augmented(pictures_of([[COLOR]], 60, pixels=8), size=4, strength=0.0).amax(dim=(2, 3))
    colored = answer[(answer.amax(dim=1) - answer.amin(dim=1)) > 0.008]
    expect.that(len(colored) > 4, "most images become grey. Greyscale has the probability 0.2.")
    changed = ((colored - torch.tensor(COLOR)).abs().amax(dim=1) > 0.01).float().mean()
    hint = "Only the jitter and the greyscale change colours."  # the jitter would change 80 % of them
    expect.that(not 0 < changed < 0.5, f"at strength 0 the colours of some images have changed. {hint}")
    expect.that(changed == 0, "at strength 0 colours have changed. All ranges of the jitter follow the strength.")


@pytest.mark.stage("two_views")
def test_crop_and_flip():
    column = ((torch.arange(48) + 0.5) / 48).expand(48, 48)
    answer = augmented(torch.stack([column, column.T, torch.full((48, 48), 0.5)]).repeat(420, 1, 1, 1), strength=0.0)
    colored = answer[(answer[:, 0] - answer[:, 1]).abs().amax(dim=(1, 2)) > 0.01]  # red is the column, green the row
    expect.that(len(colored) > 200, "most images become grey. Greyscale has the probability 0.2.")
    columns, rows = colored[:, 0].mean(dim=1), colored[:, 1].mean(dim=2)
    width, height = ((place[:, 23] - place[:, 8]) / 15 * 32 for place in (columns, rows))  # as fractions of the whole
    middle = colored[:, 0, 8:24, 8:24]
    tilt = (middle.amax(dim=1) - middle.amin(dim=1)).max()
    expect.that(tilt < 0.02, "an image is rotated: only the crop and the flip move pixels")
    mirrored, hint = (width < 0).float().mean(), "Flip horizontally with probability 0.5."
    expect.that(0.35 < mirrored < 0.65, f"{mirrored:.0%} of the images are mirrored. {hint}")
    expect.that((height > 0).all(), "an image is upside down: flip left and right only")
    area, ratio, hint = (width * height).abs(), (width / height).abs(), "The resized crop takes 8 to 100 %."
    fits = 0.06 < area.min() < 0.16 and 0.8 < area.max() < 1.1
    expect.that(fits, f"crops take {area.min():.0%} to {area.max():.0%} of the area. {hint}")
    hint = "They lie between 3/4 and 4/3."
    fits = 0.66 < ratio.min() < 0.87 and 1.15 < ratio.max() < 1.5
    expect.that(fits, f"crops have aspect ratios from {ratio.min():.2f} to {ratio.max():.2f}. {hint}")
    center = columns.mean(dim=1)[width.abs() < 0.7]
    expect.that(center.min() < 0.3 and center.max() > 0.7, "all small crops lie in one place: draw their position, too")


@pytest.mark.stage("two_views")
def test_crops_take_min_area_at_least():
    column = ((torch.arange(48) + 0.5) / 48).expand(48, 48)
    pictures = torch.stack([column, column.T, torch.full((48, 48), 0.5)]).repeat(140, 1, 1, 1)
    answer = augmented(pictures, strength=0.0, min_area=0.5)
    colored = answer[(answer[:, 0] - answer[:, 1]).abs().amax(dim=(1, 2)) > 0.01]
    columns, rows = colored[:, 0].mean(dim=1), colored[:, 1].mean(dim=2)
    width, height = ((place[:, 23] - place[:, 8]) / 15 * 32 for place in (columns, rows))  # as fractions of the whole
    least = (width * height).abs().min()
    smallest = f"with min_area=0.5 the smallest of 140 crops takes {least:.0%} of the area"
    expect.that(least > 0.2, f"{smallest}: min_area is ignored")
    expect.that(least > 0.43, f"{smallest}, but it should be at least half of the area, which is not half of a side")
    expect.that(least < 0.68, f"{smallest}, but it should be about half")


@pytest.mark.stage("two_views")
def test_augmentation_does_not_blur():
    stripes = pictures_of([[[0.0] * 3, [1.0] * 3] * 4] * 8, 60, pixels=12)
    row = augmented(stripes, strength=0.0)[:, 0, 16]
    steepest = (row[:, 1:] - row[:, :-1]).abs().amax(dim=1) / (row.amax(dim=1) - row.amin(dim=1)).clamp(min=0.1)
    soft = (steepest < 0.42).float().mean()
    expect.that(soft < 0.05, f"the edges of {soft:.0%} of the images are soft: there is no blur on CIFAR-10")


@pytest.mark.stage("two_views")
def test_jitter_and_greyscale_have_their_probabilities():
    answer = augmented(pictures_of([[COLOR]], 1000, pixels=8), size=4).mean(dim=(2, 3))
    grey = (answer.amax(dim=1) - answer.amin(dim=1)) < 0.008
    part, hint = grey.float().mean(), "Greyscale has the probability 0.2."
    expect.that(0.13 < part < 0.27, f"{part:.0%} of the images are grey. {hint}")
    jittered = ((answer[~grey] / torch.tensor(COLOR) - 1).abs().amax(dim=1) > 0.015).float().mean()
    hint = "The jitter has the probability 0.8."
    expect.that(0.72 < jittered < 0.88, f"the colours of {jittered:.0%} of the images are jittered. {hint}")


@pytest.mark.stage("two_views")
@pytest.mark.parametrize("strength", [0.5, 0.25])
def test_brightness_and_contrast_follow_the_strength(strength):
    answer = augmented(pictures_of([[[0.4] * 3]], 140, pixels=8), size=4, strength=strength).mean(dim=(1, 2, 3)) / 0.4
    spreads((answer - 1).tolist(), 0.8 * strength, f"at strength {strength} the brightness")
    stripes = pictures_of([[[DARK] * 3, [LIGHT] * 3] * 4] * 8, 140)
    contrasts = []
    for picture in augmented(stripes, strength=strength).mean(dim=1):
        middle = (picture.max() + picture.min()) / 2
        dark, light = picture[picture <= middle].median(), picture[picture > middle].median()
        contrasts.append(((light - dark) / (light + dark) / ((LIGHT - DARK) / (LIGHT + DARK)) - 1).item())
    spreads(contrasts, 0.8 * strength, f"at strength {strength} the contrast", slack=0.15)


@pytest.mark.stage("two_views")
@pytest.mark.parametrize("strength", [0.5, 0.25])
def test_saturation_and_hue_follow_the_strength(strength):
    tiles = pictures_of([[[DARK] * 3, [LIGHT] * 3] * 4, [COLOR] * 8] * 4, 180)
    saturations, turns = [], []
    for picture in augmented(tiles, strength=strength):
        chroma = picture.amax(dim=0) - picture.amin(dim=0)
        if chroma.max() < 0.03:
            continue  # it became grey
        color = picture[:, chroma > chroma.max() / 2].median(dim=1).values
        grey = picture.mean(dim=0)[chroma < chroma.max() / 10]
        middle = (grey.max() + grey.min()) / 2
        contrast = grey[grey > middle].median() - grey[grey <= middle].median()  # times the brightness
        before = (max(COLOR) - min(COLOR)) / (LIGHT - DARK)
        saturations.append(((color.max() - color.min()) / contrast / before - 1).item())
        hue = colorsys.rgb_to_hsv(*color.tolist())[0] - colorsys.rgb_to_hsv(*COLOR)[0]
        turns.append((hue + 0.5) % 1 - 0.5)
    expect.that(len(turns) > 60, "most images become grey. Greyscale has the probability 0.2.")
    spreads(saturations, 0.8 * strength, f"at strength {strength} the saturation")
    spreads(turns, 0.2 * strength, f"at strength {strength} the hue", slack=0.02)


@pytest.mark.stage("two_views")
def test_every_call_draws_anew_from_torchs_generator():
    augment, images = simclr.simclr_augmentation(), photos(3)
    torch.manual_seed(0)
    first, second = augment(images), augment(images)
    torch.manual_seed(0)
    expect.shape(first, (3, 3, 32, 32), "the augmented batch")
    expect.that(not torch.equal(first, second), "two calls gave the same images: draw in forward")
    hint = "Draw from torch's global generator."
    expect.that(torch.equal(augment(images), first), f"torch.manual_seed does not repeat the draws. {hint}")


class AddNoise(nn.Module):
    """Adds 100 and a random number of [0, 1) to every value of a batch: another one for each, or one for all."""

    def __init__(self, shared):
        super().__init__()
        self.shared = shared

    def forward(self, images):
        if images.ndim != 4:
            raise ValueError(f"this augmentation takes batches (B, 3, H, W), got the shape {tuple(images.shape)}")
        return images + 100 + (torch.rand(()) if self.shared else torch.rand_like(images))


@pytest.mark.stage("two_views")
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("count", [4, 1])
def test_two_views_are_two_draws_of_the_same_images(count, shared):
    images = torch.arange(1.0, count + 1)[:, None, None, None] * torch.ones(count, 3, 4, 6)
    views = simclr.two_views(images, AddNoise(shared))
    expect.that(
        isinstance(views, tuple | list) and len(views) == 2, f"two_views returns two batches, got {type(views)}"
    )
    drawn = []
    for name, view in zip(("first", "second"), views, strict=True):
        added = expect.shape(view, (count, 3, 4, 6), f"the {name} view") - images
        fits = bool((added >= 99.9).all() and (added < 101.1).all())
        hint = "Entry i of both comes from image i, augmented once: keep their order."
        expect.that(fits, f"the {name} view is not an augmentation of the images. {hint}")
        once = not shared or (added.max() - added.min()) < 1e-3
        expect.that(once, f"the {name} view was augmented in several calls: pass the whole batch")
        drawn += list(added)
    apart = min((drawn[i] - drawn[count + i]).abs().max() for i in range(count))
    hint = "Call it twice, each time on the whole batch."
    what = "both views were augmented in one call" if shared else "two views share their draw"
    expect.that(apart > 1e-4, f"{what}. {hint}")
    apart = min([(drawn[0] - other).abs().max() for other in drawn[1:count]], default=torch.ones(()))
    expect.that(shared or apart > 1e-4, f"the images of a view share their draw. {hint}")


@pytest.mark.stage("two_views")
def test_two_views_have_the_size_that_the_augmentation_gives():
    for view in simclr.two_views(torch.ones(3, 3, 6, 6), nn.AvgPool2d(2)):
        expect.close(view, torch.ones(3, 3, 3, 3), "a view by an augmentation that averages")


# projection_head ------------------------------------------------------------------------------------------------------


@pytest.mark.stage("projection_head")
def test_head_has_two_layers_with_biases():
    shapes = sorted(tuple(parameter.shape) for parameter in simclr.ProjectionHead(7, 5, 3).parameters())
    hint = "The head is a linear layer, a ReLU and a linear layer, both with biases."
    expect.equal(shapes, [(3,), (3, 5), (5,), (5, 7)], "the shapes of the parameters of ProjectionHead(7, 5, 3)", hint)
    count = sum(parameter.numel() for parameter in simclr.ProjectionHead().parameters())
    expect.equal(count, 328_320, "the number of parameters of ProjectionHead()", "512, 512 and 128 by default.")


@pytest.mark.stage("projection_head")
def test_head_is_linear_relu_linear():
    head = simclr.ProjectionHead(2, 2, 1)
    values = {(2, 2): [[1.0, 0.0], [0.0, 1.0]], (2,): [-1.0, -1.0], (1, 2): [[1.0, -1.0]], (1,): [0.5]}
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.tensor(values[tuple(parameter.shape)]))
    # h = (3, 0): the hidden units are relu(3 - 1) = 2 and relu(-1) = 0, z = 2 - 0 + 0.5; h = (0, 3): z = 0 - 2 + 0.5
    h = torch.tensor([[3.0, 0.0], [0.0, 3.0]] * 20)
    expect.shape(head(h), (40, 1), "z", "Keep the batch dimension and the last one: no squeeze.")
    expect.that(torch.equal(head(h), head(h)), "z changes from call to call: there is no dropout in the head")
    hint = "z = W2 ReLU(W1 h): one ReLU, between the layers; z is not normalised here."
    expect.close(head(h), [[2.5], [-1.5]] * 20, "z", hint)
    expect.close(head(h[:1]), [[2.5]], "z of a batch of one", "Keep the batch dimension: no squeeze.")
    h = torch.ones(1, 2, requires_grad=True)
    head(h).sum().backward()
    expect.that(h.grad is not None, "gradients should go through the head to the encoder: do not detach h")


@pytest.mark.stage("projection_head")
@pytest.mark.parametrize(("stem", "count"), [("cifar", 11_168_832), ("imagenet", 11_176_512)])
def test_encoder_is_resnet18_without_fc(stem, count):
    encoder = simclr.resnet18_encoder(stem)
    got = sum(parameter.numel() for parameter in encoder.parameters())
    hint = "It is torchvision's resnet18, without fc; the stem for CIFAR has a 3x3 convolution without bias."
    parameters = f"the parameters of the {stem} encoder ({got:,}) are not those of ResNet-18"
    expect.that(got == count, f"{parameters} ({count:,}). {hint}")
    frozen = [name for name, parameter in encoder.named_parameters() if not parameter.requires_grad]
    expect.that(not frozen, f"all parameters should be trained, frozen are {', '.join(frozen)}")
    h = encoder(torch.rand(2, 3, 32, 32))
    expect.shape(h, (2, 512), "h", "h is the output of the global average pooling.")
    expect.that(h.requires_grad, "h should carry gradients to the encoder")
    expect.shape(encoder.eval()(torch.rand(1, 3, 32, 32)), (1, 512), "h of a batch of one", "Keep the batch dimension.")


@pytest.mark.stage("projection_head")
def test_encoder_starts_at_random():
    first, second = (next(simclr.resnet18_encoder("cifar").parameters()) for _ in range(2))
    expect.that(not torch.equal(first, second), "two encoders start alike: each should be initialised anew")
    default = next(simclr.resnet18_encoder().parameters())
    hint = 'The default stem is "cifar".'
    expect.shape(default, tuple(first.shape), "the first kernel by default", hint)


@pytest.mark.stage("projection_head")
def test_cifar_stem_is_a_convolution_that_keeps_the_size():
    torch.manual_seed(0)
    sizes, maps = [], []
    encoder = simclr.resnet18_encoder("cifar")
    convolutions = [module for module in encoder.modules() if isinstance(module, nn.Conv2d)]
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    got = f"got {len(convolutions)} and {len(norms)}"
    expect.that(
        len(convolutions) == len(norms) == 20, f"ResNet-18 has 20 convolutions and 20 batch normalisations, {got}"
    )
    for convolution in convolutions[:2]:
        convolution.register_forward_hook(lambda module, inputs, output: sizes.append(tuple(output.shape[2:])))
    norms[0].register_forward_hook(lambda module, inputs, output: maps.append(output.detach().relu()))
    convolutions[1].register_forward_pre_hook(lambda module, inputs: maps.append(inputs[0].detach().clone()))
    encoder.eval()(torch.rand(1, 3, 32, 32))
    hint = "The stem for CIFAR-10: a 3x3 convolution of stride 1 with padding 1, and no max pooling."
    expect.equal(sizes, [(32, 32), (32, 32)], "height and width after the first two convolutions", hint)
    expect.close(maps[1], maps[0], "what the first block gets, compared with ReLU(BatchNorm(convolution))", hint)


@pytest.mark.stage("projection_head")
def test_imagenet_encoder_gives_what_torchvisions_fc_gets():
    from torchvision.models import resnet18

    torch.manual_seed(0)
    encoder, original = simclr.resnet18_encoder("imagenet").eval(), resnet18().eval()
    images = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter, same in zip(encoder.parameters(), original.parameters(), strict=False):  # without fc
            expect.equal(tuple(parameter.shape), tuple(same.shape), "the shape of a parameter", "Keep its layers.")
            same.copy_(parameter)
    seen = []
    original.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    original(images)
    hint = "h is the output of the global average pooling: nothing comes after the average pooling."
    expect.close(encoder(images).detach(), seen[0], "h", hint, rtol=1e-3, atol=1e-4)


@pytest.mark.stage("projection_head")
def test_encoder_refuses_other_stems():
    try:
        simclr.resnet18_encoder("tiny")
    except ValueError:
        return
    expect.that(False, 'resnet18_encoder("tiny") should raise a ValueError: the stem is neither of the two')


@pytest.mark.stage("projection_head")
def test_simclr_applies_each_once_in_its_mode():
    calls = []
    encoder = nn.Flatten()
    model = simclr.SimCLR(encoder, nn.Linear(12, 3))
    encoder.register_forward_hook(lambda module, *_: calls.append(module.training))
    for mode in (True, False):
        model.train(mode)(random(4, 3, 2, 2))
    once = "the encoder that was given should be called once per forward pass"
    expect.that(len(calls) == 2, f"{once}, got {len(calls)} calls in two passes")
    expect.equal(calls, [True, False], "whether the encoder is in training mode", "Leave it in the model's mode.")


@pytest.mark.stage("projection_head")
def test_simclr_is_the_head_after_the_encoder():
    torch.manual_seed(0)
    encoder, head = nn.Flatten(), nn.Linear(12, 3)
    images = random(4, 3, 2, 2)
    model = simclr.SimCLR(encoder, head)
    hint = "z = g(f(x)), and no normalisation: the loss does that."
    expect.close(model(images), head(encoder(images)).detach(), "z of 4 images", hint)
    one = images[:1]
    expect.close(model(one), head(encoder(one)).detach(), "z of a batch of one", "Keep the batch dimension.")
    images.requires_grad_()
    model(images).sum().backward()
    expect.that(head.weight.grad is not None, "no gradient reaches the head. Use the head that was given.")
    expect.that(images.grad is not None, "no gradient reaches the encoder. Do not detach h.")


# nt_xent --------------------------------------------------------------------------------------------------------------


def equation_1(z1, z2, temperature):
    """The loss as the paper writes it: one anchor after the other."""
    views = [*z1.tolist(), *z2.tolist()]
    losses = []
    for i, anchor in enumerate(views):
        weights = {k: math.exp(cosine(anchor, view) / temperature) for k, view in enumerate(views) if k != i}
        positive = (i + len(z1)) % len(views)
        losses.append(-math.log(weights[positive] / sum(weights.values())))
    return sum(losses) / len(losses)


def cosine(u, v):
    return sum(a * b for a, b in zip(u, v, strict=True)) / (math.hypot(*u) * math.hypot(*v))


def loss_of(z1, z2, temperature):
    """The loss as a number, after it has been asserted that it is one."""
    hint = "Average over the 2B anchors, and return the tensor."
    loss = expect.shape(simclr.nt_xent_loss(z1, z2, temperature), (), "the loss", hint)
    expect.that(loss.is_floating_point(), f"the loss should hold real numbers, got {loss.dtype}")
    return loss.item()


@pytest.mark.stage("nt_xent")
def test_nt_xent_does_not_depend_on_lengths():
    z1, z2 = random(3, 4, seed=1), random(3, 4, seed=2)
    lengths = torch.tensor([[0.2], [1.0], [3.0]])
    stretched = loss_of(lengths * z1, 50 * z2, 0.5)
    hint = "The similarity is the cosine: divide each row by its own length."
    expect.close(stretched, loss_of(z1, z2, 0.5), "the loss after stretching single projections", hint)


@pytest.mark.stage("nt_xent")
def test_nt_xent_rewards_views_that_agree():
    z = torch.eye(3, 5)
    agree, opposite = loss_of(z, z, 0.5), loss_of(z, -z, 0.5)
    hint = "Check its sign and its positives: row i of z1 belongs with row i of z2."
    expect.that(opposite > agree + 0.1, f"the loss should be smaller for views that agree. {hint}")


@pytest.mark.stage("nt_xent")
def test_nt_xent_of_equal_pairs_is_that_of_a_guess():
    hint = (
        "Every anchor chooses among 2B - 1 others: is it masked itself, does its positive stay in the sum, is the loss "
        "the mean over the 2B anchors?"
    )
    for n_pairs in (2, 5):
        z = torch.ones(n_pairs, 3)
        loss = simclr.nt_xent_loss(z, z, 0.5)
        expect.close(loss, math.log(2 * n_pairs - 1), f"the loss of {n_pairs} equal pairs", hint)


@pytest.mark.stage("nt_xent")
@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_nt_xent_divides_by_the_temperature(temperature):
    z = torch.eye(2)
    # every anchor: its positive has similarity 1, the two other views 0
    wanted = math.log(math.exp(1 / temperature) + 2) - 1 / temperature
    hint = (
        "Similarities are divided by the temperature that is given, once; whatever the temperature, the anchor itself "
        "stays out of the sum."
    )
    loss = simclr.nt_xent_loss(z, z, temperature)
    expect.close(loss, wanted, f"the loss of orthogonal pairs at temperature {temperature}", hint)


@pytest.mark.stage("nt_xent")
def test_nt_xent_has_the_temperature_0_5_by_default():
    z1, z2 = random(3, 4, seed=1), random(3, 4, seed=2)
    given = simclr.nt_xent_loss(z1, z2, 0.5)
    expect.close(simclr.nt_xent_loss(z1, z2), given, "the loss without a temperature", "The default is 0.5.")


@pytest.mark.stage("nt_xent")
def test_nt_xent_takes_negatives_from_both_halves():
    z1, z2 = torch.tensor([[1.0, 0.0]] * 3), torch.tensor([[0.0, 1.0]] * 3)
    # every anchor: similarity 1 to the 2 others of its half, 0 to the 3 of the other half, its positive among them
    hint = "The other views of the anchor's own half are negatives, too: 2B - 2 negatives in all."
    expect.close(simclr.nt_xent_loss(z1, z2, 1.0), math.log(2 * math.e + 3), "the loss", hint)


@pytest.mark.stage("nt_xent")
def test_nt_xent_counts_each_pair_in_both_directions():
    z1, z2 = random(6, 3, seed=3), random(6, 3, seed=4)
    hint = "Each pair counts twice: once with each of its two views as the anchor."
    swapped = simclr.nt_xent_loss(z2, z1, 0.5)
    expect.close(swapped, simclr.nt_xent_loss(z1, z2, 0.5), "the loss after swapping the views", hint)


@pytest.mark.stage("nt_xent")
@pytest.mark.parametrize(
    ("n_pairs", "dim", "temperature"), [(5, 4, 0.5), (5, 4, 0.2), (5, 4, 3.0), (4, 1, 0.5), (30, 3, 0.5)]
)
def test_nt_xent_equals_equation_1(n_pairs, dim, temperature):
    z1, z2 = 3 * random(n_pairs, dim, seed=1), random(n_pairs, dim, seed=2)
    hint = "Similarities are cosines (normalise every row), divided by the temperature; the mean is over 2B anchors."
    loss = simclr.nt_xent_loss(z1, z2, temperature)
    expect.close(loss, equation_1(z1, z2, temperature), f"the loss at temperature {temperature}", hint)


@pytest.mark.stage("nt_xent")
def test_nt_xent_leaves_its_inputs_alone():
    z1, z2 = random(3, 4, seed=1), random(3, 4, seed=2)
    before = z1.clone(), z2.clone()
    simclr.nt_xent_loss(z1, z2, 0.5)
    expect.unchanged(before[0], z1, "z1")
    expect.unchanged(before[1], z2, "z2")


@pytest.mark.stage("nt_xent")
def test_nt_xent_stays_finite():
    z1, z2 = random(4, 5, seed=5).requires_grad_(), random(4, 5, seed=6)
    hint = "exp(100) is beyond float32: use logsumexp or cross_entropy on the scores."
    loss = expect.finite(simclr.nt_xent_loss(z1, z2, 0.01), "the loss at temperature 0.01", hint)
    loss.backward()
    expect.finite(z1.grad, "the gradient at temperature 0.01", hint)


@pytest.mark.stage("nt_xent")
def test_nt_xent_of_zero_vectors_and_of_a_single_pair():
    z1, z2 = random(1, 5, seed=5), random(1, 5, seed=6)
    hint = "Do not divide by a length of 0."
    expect.finite(simclr.nt_xent_loss(torch.zeros(2, 3), torch.eye(2, 3), 0.5), "the loss with zero vectors", hint)
    expect.close(simclr.nt_xent_loss(z1, z2, 0.5), 0.0, "the loss of a single pair", "There are no negatives.")


@pytest.mark.stage("nt_xent")
def test_nt_xent_of_views_that_point_away_from_each_other():
    corners = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # all cosines are -1/3
    opposite = torch.tensor([[1.0, 2, 2], [2, 1, 2], [1, -2, -2], [2, 1, 2]])
    hint = (
        "exp(-200) is 0 in float32: take off the largest score without the diagonal, add nothing inside the logarithm, "
        "or use logsumexp or cross_entropy."
    )
    for z1, z2 in (corners.chunk(2), opposite.chunk(2), (opposite[:1], -opposite[:1])):
        loss = simclr.nt_xent_loss(z1, z2, 0.01)
        expect.close(
            loss, equation_1(z1, z2, 0.01), f"the loss of {len(z1)} pairs at temperature 0.01", hint, rtol=1e-3
        )


@pytest.mark.stage("nt_xent")
def test_nt_xent_trains_both_views():
    z1, z2 = random(3, 4, seed=7, dtype=torch.float64), random(3, 4, seed=8, dtype=torch.float64)
    z1.requires_grad_(), z2.requires_grad_()
    loss = simclr.nt_xent_loss(z1, z2, 0.5)
    expect.dtype(loss, torch.float64, "the loss of float64 projections", "Its dtype is that of the projections.")
    if loss.requires_grad:
        loss.backward()
    hint = "Both views are trained, through the normalisation, too: nothing may be detached."
    for name, z in (("z1", z1), ("z2", z2)):
        expect.that(z.grad is not None, f"no gradient reaches {name}. {hint}")
    moved = z2.detach().clone()
    moved[1, 2] += 1e-4
    slope = (equation_1(z1.detach(), moved, 0.5) - equation_1(z1.detach(), z2.detach(), 0.5)) / 1e-4
    expect.close(z2.grad[1, 2], slope, "the gradient by z2[1, 2]", hint, rtol=1e-2, atol=1e-4)


# simclr_training ------------------------------------------------------------------------------------------------------


class Recorder(nn.Module):
    """A linear model that records its mode and its weight at every call."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(4, 6))
        self.modes, self.weights = [], []

    def forward(self, images):
        self.modes.append(self.training)
        self.weights.append(self.weight.detach().clone())
        return images.flatten(1) @ self.weight.T


class Alternate(nn.Module):
    """A deterministic augmentation: it adds 1 to the first value of an image, then to the second, and so on."""

    def __init__(self):
        super().__init__()
        self.calls, self.images = 0, 0

    def forward(self, images):
        self.images += len(images)
        change = torch.zeros(6)
        change[self.calls % 6] = 1.0
        self.calls += 1
        return images + change.view(images.shape[1:])


class CountedDescent(Descent):
    """Gradient descent that counts its steps."""

    steps = 0

    def step(self, closure=None):
        self.steps += 1
        return super().step(closure)


def train(*sizes, lr=0.5, temperature=0.3, old_gradients=False):
    """Trains a Recorder on batches of these sizes and returns everything that took part.

    Its `entries` are (step, values, the weight at that time, the learning rate at that time) of each log.
    """
    run = SimpleNamespace(model=Recorder().eval(), augmentation=Alternate(), entries=[])
    run.optimizer = CountedDescent(run.model.parameters(), lr)
    run.batches = [random(size, 3, 1, 2, seed=step) for step, size in enumerate(sizes)]
    if old_gradients:
        run.model.weight.grad = torch.ones(4, 6)

    def log(step, values):
        rate = run.optimizer.param_groups[0]["lr"]
        run.entries.append((step, dict(values), run.model.weight.detach().clone(), rate))

    simclr.train_simclr(run.model, iter(run.batches), run.augmentation, run.optimizer, temperature, log)
    return run


def views_of(batches):
    """The two views of each batch, as rows."""
    augmentation = Alternate()
    return [[augmentation(images).flatten(1).double() for _ in range(2)] for images in batches]


def check_losses(run, temperature, hint):
    """Asserts that each logged loss is that of its batch under the weight of the previous entry."""
    count = len(run.batches)
    expect.that(len(run.entries) == count, f"{count} batches should give as many logs, got {len(run.entries)}")
    weight = torch.eye(4, 6)
    for (first, second), (step, values, after, _) in zip(views_of(run.batches), run.entries, strict=True):
        loss = float(values.get("loss", math.nan))
        wanted = equation_1(first @ weight.double().T, second @ weight.double().T, temperature)
        expect.close(loss, wanted, f"the loss of step {step} at temperature {temperature}", hint, rtol=1e-3, atol=1e-4)
        weight = after


def descended(batches):
    """The weight after gradient descent on these batches, by the slopes of equation 1."""
    weight = torch.eye(4, 6)
    for first, second in views_of(batches):
        slope = torch.zeros(4, 6)
        for place in [(row, column) for row in range(4) for column in range(6)]:
            moved = weight.double()
            moved[place] += 1e-4
            ahead = equation_1(first @ moved.T, second @ moved.T, 0.3)
            moved[place] -= 2e-4
            slope[place] = (ahead - equation_1(first @ moved.T, second @ moved.T, 0.3)) / 2e-4
        weight = weight - 0.5 * slope
    return weight


@pytest.mark.stage("simclr_training")
def test_training_logs_every_batch():
    entries = train(4, 2, 3).entries
    expect.equal([entry[0] for entry in entries], [0, 1, 2], "the logged steps", "Once per batch, counted from 0.")
    for _, values, _, _ in entries:
        expect.that("loss" in values, f'log should get "loss", got {sorted(values)}')


@pytest.mark.stage("simclr_training")
def test_training_logs_python_floats():
    entries = train(4).entries
    expect.that(entries, "log should be called once per batch")
    for _, values, _, _ in entries:
        for name, value in values.items():
            expect.that(isinstance(value, float), f"the logged {name} should be a Python float: loss.item()")


@pytest.mark.stage("simclr_training")
def test_training_augments_every_image_twice():
    run = train(4, 3)
    hint = "Augment the images of every batch twice: two views, each of its own draw."
    expect.equal(run.augmentation.images, 14, "the number of images that were augmented for batches of 4 and 3", hint)


@pytest.mark.stage("simclr_training")
def test_training_steps_once_for_each_batch():
    run = train(4, 2, 3)
    steps, changed = run.optimizer.steps, not torch.equal(run.model.weight, torch.eye(4, 6))
    expect.that(changed or steps, "the model did not change: call backward, then optimizer.step()")
    hint = "Nothing may clear them in between: zero_grad, backward, then step."
    expect.that(changed, f"the model did not change: the optimiser stepped without gradients. {hint}")
    expect.equal(steps, 3, "the number of steps for three batches", "One step of the given optimiser per batch.")
    rates = [rate for _, _, _, rate in run.entries]
    expect.that(set(rates) <= {0.5}, f"the learning rate should stay as it is, 0.5; it was {rates}")


@pytest.mark.stage("simclr_training")
def test_training_logs_after_the_step():
    run = train(4, 2, 3)
    expect.that(run.entries, "log should be called once per batch")
    untrained = torch.equal(run.entries[0][2], torch.eye(4, 6))
    expect.that(not untrained, "the model was still untrained when the first batch was logged: log after the step")
    last = torch.equal(run.entries[-1][2], run.model.weight)
    expect.that(last, "the weights changed after the last batch was logged: end with those of the last step")


@pytest.mark.stage("simclr_training")
@pytest.mark.parametrize("temperature", [0.3, 1.0])
def test_training_compares_two_views_at_the_given_temperature(temperature):
    hint = (
        "The NT-Xent loss of the projections of both views at the temperature that is given, as it is before the step; "
        "row i of both belongs to image i."
    )
    check_losses(train(4, temperature=temperature), temperature, hint)


@pytest.mark.stage("simclr_training")
def test_training_logs_the_loss_of_each_batch():
    check_losses(train(4, 3, 5), 0.3, "Each entry is the loss of its own batch, not a running mean.")


@pytest.mark.stage("simclr_training")
def test_training_steps_down_the_gradient():
    run = train(4)
    hint = "One step on the gradients of the NT-Xent loss, as they are, through both views."
    expect.close(
        run.model.weight.detach(), descended(run.batches), "the weight after a step", hint, rtol=1e-2, atol=1e-3
    )


@pytest.mark.stage("simclr_training")
def test_training_starts_every_batch_from_clear_gradients():
    run = train(4, 3, 5)
    hint = "Every batch: zero_grad, backward, step. Without zero_grad() the gradients of the batches add up."
    expect.close(
        run.model.weight.detach(), descended(run.batches), "the weight after three batches", hint, rtol=1e-2, atol=2e-3
    )


@pytest.mark.stage("simclr_training")
def test_training_does_not_count_gradients_from_before_the_call():
    without, model = train(4).model, train(4, old_gradients=True).model
    expect.that(not torch.equal(without.weight, torch.eye(4, 6)), "the model did not change: backward, then step")
    hint = "Clear the gradients before backward: some may be left from before the call."
    expect.close(model.weight.detach(), without.weight.detach(), "the weight after a step", hint)


@pytest.mark.stage("simclr_training")
def test_training_takes_batches_of_one_image():
    run = train(1, 3, 1)
    count = len(run.entries)
    expect.that(count == 3, f"a batch of one image is one like any other: three batches gave {count} logs")
    check_losses(run, 0.3, "Each entry is the loss of its own batch, that of a single image included.")


@pytest.mark.stage("simclr_training")
def test_training_is_in_training_mode():
    model = train(2, 3).model
    expect.that(model.modes and all(model.modes), "the model was in evaluation mode: call model.train() first")
    expect.that(not torch.equal(model.weight, torch.eye(4, 6)), "the model did not change: backward, then step")


@pytest.mark.stage("simclr_training")
def test_training_takes_one_batch_at_a_time():
    class Enough(Exception):
        """Ends endless training."""

    def endless():
        while True:
            expect.that(len(taken) - len(logged) < 3, "batches may be endless: do not turn them into a list")
            taken.append(1)
            yield random(2, 3, 1, 2)

    def log(step, _):
        logged.append(step)
        if step == 3:
            raise Enough

    taken, logged, model = [], [], Recorder()
    with pytest.raises(Enough):
        simclr.train_simclr(model, endless(), Alternate(), Descent(model.parameters(), 0.1), 0.5, log)
    expect.equal(logged, [0, 1, 2, 3], "the steps of endless training")
