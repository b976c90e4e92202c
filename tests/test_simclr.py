"""What stages/simclr.py should do, in the order of the paper."""

from __future__ import annotations

import colorsys
import math

import expect
import pytest
import torch
from stages import simclr
from torch import nn
from toys import Descent


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
    return expect.shape(answer, (len(images), 3, size, size), "the augmented batch", "Keep batch and channels.")


def spreads(changes, reach, what, slack=0.07):
    """Asserts that random changes, 0 for none, lie within ±reach and come close to both ends."""
    low, high = min(changes), max(changes)
    fits = max(-low, high) < 1.1 * reach + slack and min(-low, high) > 0.7 * reach
    expect.that(fits, f"{what} changes by {low:+.2f} to {high:+.2f}, it should fill [-{reach:.2f}, +{reach:.2f}]")


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
    expect.unchanged(before, images, "the given batch")
    expect.shape(simclr.simclr_augmentation()(images[:1]), (1, 3, 32, 32), "a batch of one by default")


@pytest.mark.stage("two_views")
def test_every_image_gets_its_own_draw():
    different = len({tuple(image.flatten().tolist()) for image in augmented(photos(12))})
    hint = "torchvision's transforms draw once for a whole batch; kornia's draw for every image."
    expect.that(different > 9, f"12 copies of a photo should become 12 different images, got {different}. {hint}")


@pytest.mark.stage("two_views")
def test_crop_and_flip():
    column = ((torch.arange(48) + 0.5) / 48).expand(48, 48)
    answer = augmented(torch.stack([column, column.T, torch.full((48, 48), 0.5)]).repeat(420, 1, 1, 1), strength=0.0)
    colored = answer[(answer[:, 0] - answer[:, 1]).abs().amax(dim=(1, 2)) > 0.01]  # red is the column, green the row
    expect.that(len(colored) > 200, f"a fifth of 420 images should become grey, {len(colored)} did not")
    columns, rows = colored[:, 0].mean(dim=1), colored[:, 1].mean(dim=2)
    width, height = ((place[:, 23] - place[:, 8]) / 15 * 32 for place in (columns, rows))  # as fractions of the whole
    mirrored = (width < 0).float().mean()
    expect.that(0.35 < mirrored < 0.65, f"half of the images should be mirrored, got {mirrored:.0%}")
    expect.that((height > 0).all(), "an image is upside down: flip left and right only")
    area, ratio, hint = (width * height).abs(), (width / height).abs(), "8 to 100 % of the area, ratios 3/4 to 4/3."
    fits = 0.06 < area.min() < 0.16 and 0.8 < area.max() < 1.1
    expect.that(fits, f"crops take {area.min():.0%} to {area.max():.0%} of the area. {hint}")
    fits = 0.66 < ratio.min() < 0.87 and 1.15 < ratio.max() < 1.5
    expect.that(fits, f"crops have aspect ratios from {ratio.min():.2f} to {ratio.max():.2f}. {hint}")
    center = columns.mean(dim=1)[width.abs() < 0.7]
    expect.that(center.min() < 0.3 and center.max() > 0.7, "small crops should lie anywhere in the image")


@pytest.mark.stage("two_views")
def test_crops_take_min_area_at_least():
    column = ((torch.arange(48) + 0.5) / 48).expand(48, 48)
    pictures = torch.stack([column, column.T, torch.full((48, 48), 0.5)]).repeat(140, 1, 1, 1)
    answer = augmented(pictures, strength=0.0, min_area=0.5)
    colored = answer[(answer[:, 0] - answer[:, 1]).abs().amax(dim=(1, 2)) > 0.01]
    columns, rows = colored[:, 0].mean(dim=1), colored[:, 1].mean(dim=2)
    width, height = ((place[:, 23] - place[:, 8]) / 15 * 32 for place in (columns, rows))  # as fractions of the whole
    least = (width * height).abs().min()
    hint = "with min_area=0.5 every crop takes at least half of the area, which is not half of a side"
    expect.that(0.43 < least < 0.68, f"the smallest of 140 crops takes {least:.0%} of the area: {hint}")


@pytest.mark.stage("two_views")
def test_jitter_and_greyscale_have_their_probabilities():
    answer = augmented(pictures_of([[COLOR]], 1000, pixels=8), size=4).mean(dim=(2, 3))
    grey = (answer.amax(dim=1) - answer.amin(dim=1)) < 0.008
    expect.that(0.13 < grey.float().mean() < 0.27, f"20 % should become grey, got {grey.float().mean():.0%}")
    jittered = ((answer[~grey] / torch.tensor(COLOR) - 1).abs().amax(dim=1) > 0.015).float().mean()
    expect.that(0.72 < jittered < 0.88, f"80 % of the images should be jittered, got {jittered:.0%}")
    answer = augmented(pictures_of([[COLOR]], 40, pixels=8), size=4, strength=0.0).mean(dim=(2, 3))
    colored = answer[(answer.amax(dim=1) - answer.amin(dim=1)) > 0.008]
    kept = len(colored) > 4 and (colored - torch.tensor(COLOR)).abs().max() < 0.01
    expect.that(kept, "strength 0 leaves colours alone, except for greyscale")


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
    expect.that(len(turns) > 60, "a fifth of the images should become grey, most did")
    spreads(saturations, 0.8 * strength, f"at strength {strength} the saturation")
    spreads(turns, 0.2 * strength, f"at strength {strength} the hue", slack=0.02)


@pytest.mark.stage("two_views")
def test_augmentation_does_not_blur():
    stripes = pictures_of([[[0.0] * 3, [1.0] * 3] * 4] * 8, 60, pixels=12)
    row = augmented(stripes, strength=0.0)[:, 0, 16]
    steepest = (row[:, 1:] - row[:, :-1]).abs().amax(dim=1) / (row.amax(dim=1) - row.amin(dim=1)).clamp(min=0.1)
    soft = (steepest < 0.42).float().mean()
    expect.that(soft < 0.05, f"the edges of {soft:.0%} of the images are soft: there is no blur on CIFAR-10")


@pytest.mark.stage("two_views")
def test_every_call_draws_anew_from_torchs_generator():
    augment, images = simclr.simclr_augmentation(), photos(3)
    torch.manual_seed(0)
    first, second = augment(images), augment(images)
    torch.manual_seed(0)
    expect.shape(first, (3, 3, 32, 32), "the augmented batch")
    expect.that(not torch.equal(first, second), "two calls gave the same images: draw in forward")
    expect.equal(augment(images), first, "the images after the same seed", "Draw from torch's global generator.")


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
    images = torch.arange(1.0, count + 1)[:, None, None, None] * torch.ones(count, 3, 2, 5)
    views = simclr.two_views(images, AddNoise(shared))
    expect.that(
        isinstance(views, tuple | list) and len(views) == 2, f"two_views returns two batches, got {type(views)}"
    )
    drawn = []
    for name, view in zip(("first", "second"), views, strict=True):
        added = expect.shape(view, (count, 3, 2, 5), f"the {name} view") - images
        hint = "Entry i of both views comes from image i, augmented once."
        expect.that(bool((added >= 99.9).all() and (added < 101.1).all()), f"the {name} view is off. {hint}")
        once = not shared or (added.max() - added.min()) < 1e-3
        expect.that(once, f"the {name} view was augmented in several calls: pass the whole batch")
        drawn += list(added)
    rows = [0, count] if shared else range(2 * count)
    apart = min((drawn[i] - drawn[j]).abs().max() for i in rows for j in rows if i < j)
    expect.that(apart > 1e-4, "both views share a draw: call the augmentation twice, each time on the whole batch")


@pytest.mark.stage("two_views")
def test_two_views_have_the_size_that_the_augmentation_gives():
    for view in simclr.two_views(torch.ones(3, 3, 6, 6), nn.AvgPool2d(2)):
        expect.close(view, torch.ones(3, 3, 3, 3), "a view by an augmentation that averages")


# projection_head ------------------------------------------------------------------------------------------------------


@pytest.mark.stage("projection_head")
def test_head_has_two_layers_with_biases():
    count = sum(parameter.numel() for parameter in simclr.ProjectionHead(7, 5, 3).parameters())
    hint = "7 * 5 + 5 for the first layer and 5 * 3 + 3 for the second: no normalisation."
    expect.equal(count, 58, "the number of parameters of ProjectionHead(7, 5, 3)", hint)
    count = sum(parameter.numel() for parameter in simclr.ProjectionHead().parameters())
    expect.equal(count, 328_320, "the number of parameters of ProjectionHead()", "512, 512 and 128 by default.")


@pytest.mark.stage("projection_head")
def test_head_is_linear_relu_linear():
    head = simclr.ProjectionHead(2, 2, 1)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.fill_(1.0 if parameter.ndim == 2 else -1.0)
    # h = (1, 2): both hidden units are relu(1 + 2 - 1) = 2, z = 2 + 2 - 1; h = (-1, 0): relu(-2) = 0, z = -1
    hint = "z = W2 ReLU(W1 h): a ReLU between the layers and none at the end; z is not normalised here."
    expect.close(head(torch.tensor([[1.0, 2.0], [-1.0, 0.0]] * 20)), [[3.0], [-1.0]] * 20, "z", hint)
    expect.close(head(torch.tensor([[1.0, 2.0]])), [[3.0]], "z of a batch of one", "Keep the batch dimension.")
    h = torch.ones(1, 2, requires_grad=True)
    head(h).sum().backward()
    expect.that(h.grad is not None, "gradients should go through the head to the encoder: do not detach h")


@pytest.mark.stage("projection_head")
@pytest.mark.parametrize(("stem", "count"), [("cifar", 11_168_832), ("imagenet", 11_176_512)])
def test_encoder_is_resnet18_without_fc(stem, count):
    encoder = simclr.resnet18_encoder(stem)
    got = sum(parameter.numel() for parameter in encoder.parameters())
    hint = "torchvision's resnet18 with fc = nn.Identity(); the cifar stem is a 3x3 convolution without bias."
    expect.equal(got, count, f"the number of parameters of the {stem} encoder", hint)
    frozen = [name for name, parameter in encoder.named_parameters() if not parameter.requires_grad]
    expect.that(not frozen, f"all parameters should be trained, frozen are {', '.join(frozen)}")
    h = encoder(torch.rand(2, 3, 32, 32))
    expect.shape(h, (2, 512), "h", "h is the output of the global average pooling.")
    expect.that(h.requires_grad, "h should carry gradients to the encoder")
    expect.shape(
        encoder.eval()(torch.rand(1, 3, 32, 32)), (1, 512), "h of a batch of one", "flatten(1), not squeeze()."
    )


@pytest.mark.stage("projection_head")
def test_encoder_starts_at_random():
    first, second = (next(simclr.resnet18_encoder().parameters()) for _ in range(2))
    expect.that(not torch.equal(first, second), "two encoders should start differently: initialise each one anew")


@pytest.mark.stage("projection_head")
def test_cifar_stem_is_a_convolution_that_keeps_the_size():
    sizes, maps = [], []
    encoder = simclr.resnet18_encoder()
    convolutions = [module for module in encoder.modules() if isinstance(module, nn.Conv2d)]
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    got = f"got {len(convolutions)} and {len(norms)}"
    expect.that(len(convolutions) == len(norms) == 20, f"ResNet-18 has 20 convolutions and batch normalisations, {got}")
    for convolution in convolutions[:2]:
        convolution.register_forward_hook(lambda module, inputs, output: sizes.append(tuple(output.shape[2:])))
    norms[0].register_forward_hook(lambda module, inputs, output: maps.append(output.detach().relu()))
    convolutions[1].register_forward_pre_hook(lambda module, inputs: maps.append(inputs[0].detach().clone()))
    encoder.eval()(torch.rand(1, 3, 32, 32))
    hint = "For CIFAR-10: kernel 3, stride 1, padding 1, and the identity instead of the max pooling."
    expect.equal(sizes, [(32, 32), (32, 32)], "height and width after the first two convolutions", hint)
    expect.close(maps[1], maps[0], "what the first block gets, compared with ReLU(BatchNorm(convolution))", hint)


@pytest.mark.stage("projection_head")
def test_imagenet_encoder_gives_what_torchvisions_fc_gets():
    from torchvision.models import resnet18

    encoder, original, images = simclr.resnet18_encoder("imagenet").eval(), resnet18().eval(), torch.rand(2, 3, 40, 40)
    with torch.no_grad():
        for parameter, same in zip(encoder.parameters(), original.parameters(), strict=False):  # without fc
            expect.equal(tuple(parameter.shape), tuple(same.shape), "the shape of a parameter", "Keep its layers.")
            same.copy_(parameter)
    seen = []
    original.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    original(images)
    hint = "h is the output of the global average pooling: nothing else comes after the blocks."
    expect.close(encoder(images).detach(), seen[0], "h", hint, rtol=1e-3, atol=1e-4)


@pytest.mark.stage("projection_head")
def test_encoder_refuses_other_stems():
    with pytest.raises(ValueError):
        simclr.resnet18_encoder("tiny")


@pytest.mark.stage("projection_head")
def test_simclr_is_the_head_after_the_encoder():
    encoder, head = nn.Flatten(), nn.Linear(12, 3)
    images = random(4, 3, 2, 2)
    model = simclr.SimCLR(encoder, head)
    for batch in (images, images[:1]):
        hint = "z = g(f(x)); the loss normalises it, not the model. Keep the batch dimension of a single image."
        expect.close(model(batch), head(encoder(batch)).detach(), f"z of {len(batch)} images", hint)
    images.requires_grad_()
    model(images).sum().backward()
    expect.that(head.weight.grad is not None, "gradients should reach the head")
    expect.that(images.grad is not None, "gradients should reach the encoder")


@pytest.mark.stage("projection_head")
def test_simclr_applies_each_once_in_its_mode():
    calls = []
    encoder = nn.Flatten()
    encoder.register_forward_hook(lambda module, *_: calls.append(module.training))
    model = simclr.SimCLR(encoder, nn.Linear(12, 3))
    for mode in (True, False):
        model.train(mode)(random(4, 3, 2, 2))
    expect.equal(calls, [True, False], "whether the encoder is in training mode, at each call", "One call each time.")


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


@pytest.mark.stage("nt_xent")
def test_nt_xent_of_two_orthogonal_pairs():
    z = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    loss = simclr.nt_xent_loss(z, z, 1.0)
    expect.shape(loss, (), "the loss", "Average over the 2B anchors.")
    # every anchor: its positive has similarity 1, the two other views 0
    expect.close(loss, -math.log(math.e / (math.e + 2)), "the loss", "The positives are row i of z1 and row i of z2.")


@pytest.mark.stage("nt_xent")
def test_nt_xent_masks_self_similarity():
    for n_pairs in (2, 5):
        z = torch.ones(n_pairs, 3)
        hint = "An anchor guesses among the 2B - 1 others: leave it out itself, and keep its positive in."
        expect.close(
            simclr.nt_xent_loss(z, z, 0.5), math.log(2 * n_pairs - 1), f"the loss of {n_pairs} equal pairs", hint
        )


@pytest.mark.stage("nt_xent")
def test_nt_xent_takes_negatives_from_both_halves():
    z1, z2 = torch.tensor([[1.0, 0.0]] * 3), torch.tensor([[0.0, 1.0]] * 3)
    # every anchor: similarity 1 to the 2 others of its half, 0 to the 3 of the other half, its positive among them
    hint = "The other views of the anchor's own half are negatives, too: 2B - 2 negatives in all."
    expect.close(simclr.nt_xent_loss(z1, z2, 1.0), math.log(2 * math.e + 3), "the loss", hint)


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
def test_nt_xent_has_the_temperature_0_5_by_default():
    z1, z2 = random(3, 4, seed=1), random(3, 4, seed=2)
    expect.close(simclr.nt_xent_loss(z1, z2), equation_1(z1, z2, 0.5), "the loss without a temperature")


@pytest.mark.stage("nt_xent")
def test_nt_xent_counts_each_pair_in_both_directions():
    z1, z2 = random(6, 3, seed=3), random(6, 3, seed=4)
    swapped = simclr.nt_xent_loss(z2, z1, 0.5)
    expect.close(
        swapped, simclr.nt_xent_loss(z1, z2, 0.5), "the loss after swapping the views", "Anchors: all 2B views."
    )


@pytest.mark.stage("nt_xent")
def test_nt_xent_stays_finite():
    z1, z2 = random(4, 5, seed=5).requires_grad_(), random(4, 5, seed=6)
    loss = expect.finite(
        simclr.nt_xent_loss(z1, z2, 0.01), "the loss at temperature 0.01", "exp(100) overflows float32."
    )
    loss.backward()
    expect.finite(z1.grad, "the gradient at temperature 0.01")
    hint = "Do not divide by a length of 0."
    expect.finite(simclr.nt_xent_loss(torch.zeros(2, 3), torch.eye(2, 3), 0.5), "the loss with zero vectors", hint)
    expect.close(simclr.nt_xent_loss(z1[:1], z2[:1], 0.5).detach(), 0.0, "the loss of a single pair", "No negatives.")


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
def test_nt_xent_leaves_its_inputs_alone():
    z1, z2 = random(3, 4, seed=1), random(3, 4, seed=2)
    before = z1.clone(), z2.clone()
    simclr.nt_xent_loss(z1, z2, 0.5)
    expect.unchanged(before[0], z1, "z1")
    expect.unchanged(before[1], z2, "z2")


@pytest.mark.stage("nt_xent")
def test_nt_xent_trains_both_views():
    z1, z2 = random(3, 4, seed=7, dtype=torch.float64), random(3, 4, seed=8, dtype=torch.float64)
    z1.requires_grad_(), z2.requires_grad_()
    loss = simclr.nt_xent_loss(z1, z2, 0.5)
    expect.dtype(loss, torch.float64, "the loss of float64 projections", "Its dtype is that of the projections.")
    loss.backward()
    moved = z2.detach().clone()
    moved[1, 2] += 1e-4
    slope = (equation_1(z1.detach(), moved, 0.5) - equation_1(z1.detach(), z2.detach(), 0.5)) / 1e-4
    expect.that(z1.grad is not None and z2.grad is not None, "gradients should reach z1 and z2: detach neither")
    expect.close(z2.grad[1, 2], slope, "the gradient by z2[1, 2]", "Nothing may be detached.", rtol=1e-2, atol=1e-4)


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
        self.calls = 0

    def forward(self, images):
        change = torch.zeros(6)
        change[self.calls % 6] = 1.0
        self.calls += 1
        return images + change.view(images.shape[1:])


def train(*sizes, lr=0.5, temperature=0.3, old_gradients=False):
    """Trains a Recorder on batches of these sizes; returns it, the batches and (step, values, weight) of each log."""
    model, entries = Recorder().eval(), []
    if old_gradients:
        model.weight.grad = torch.ones(4, 6)

    def log(step, values):
        entries.append((step, dict(values), model.weight.detach().clone()))

    batches = [random(size, 3, 1, 2, seed=step) for step, size in enumerate(sizes)]
    simclr.train_simclr(model, iter(batches), Alternate(), Descent(model.parameters(), lr), temperature, log)
    return model, batches, entries


def views_of(batches):
    """The two views of each batch, as rows."""
    augmentation = Alternate()
    return [[augmentation(images).flatten(1).double() for _ in range(2)] for images in batches]


def check_losses(batches, entries, temperature):
    """Asserts that each logged loss is that of its batch under the weight of the previous entry."""
    expect.that(len(entries) == len(batches), f"{len(batches)} batches should give as many logs, got {len(entries)}")
    weight = torch.eye(4, 6)
    for (first, second), (step, values, after) in zip(views_of(batches), entries, strict=True):
        loss = float(values.get("loss", math.nan))
        wanted = equation_1(first @ weight.double().T, second @ weight.double().T, temperature)
        hint = "The NT-Xent loss of the projections of both views of this batch alone, from before the step."
        expect.close(loss, wanted, f"the loss of step {step} at temperature {temperature}", hint, rtol=1e-3, atol=1e-4)
        weight = after


@pytest.mark.stage("simclr_training")
def test_training_logs_every_batch():
    model, _, entries = train(4, 2, 3)
    expect.equal([step for step, _, _ in entries], [0, 1, 2], "the logged steps", "Once per batch, counted from 0.")
    for _, values, _ in entries:
        expect.that("loss" in values, f'log should get "loss", got {sorted(values)}')
    hint = "Log after the step."
    expect.close(entries[-1][2], model.weight.detach(), "the weight when the last batch was logged", hint)


@pytest.mark.stage("simclr_training")
def test_training_logs_python_floats():
    _, _, entries = train(4)
    expect.that(entries, "log should be called once per batch")
    for _, values, _ in entries:
        for name, value in values.items():
            expect.that(isinstance(value, float), f"the logged {name} should be a float: loss.item()")


@pytest.mark.stage("simclr_training")
def test_training_compares_two_views_at_the_given_temperature():
    for temperature in (0.3, 1.0):
        _, batches, entries = train(4, temperature=temperature)
        check_losses(batches, entries, temperature)


@pytest.mark.stage("simclr_training")
def test_training_logs_the_loss_of_each_batch():
    _, batches, entries = train(4, 3, 5)
    check_losses(batches, entries, 0.3)


@pytest.mark.stage("simclr_training")
def test_training_steps_down_the_gradient_of_each_batch():
    model, batches, _ = train(4, 3, 5)
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
    hint = "Every batch: zero_grad, backward, step. Without zero_grad the gradients of the batches add up."
    expect.close(model.weight.detach(), weight, "the weight after three batches", hint, rtol=1e-2, atol=2e-3)


@pytest.mark.stage("simclr_training")
def test_training_does_not_count_gradients_from_before_the_call():
    without, _, _ = train(4)
    expect.that(not torch.equal(without.weight, torch.eye(4, 6)), "the model did not change: backward, then step")
    model, _, _ = train(4, old_gradients=True)
    hint = "Clear the gradients before backward: some may be left from before the call."
    expect.close(model.weight.detach(), without.weight.detach(), "the weight after a step", hint)


@pytest.mark.stage("simclr_training")
def test_training_takes_batches_of_one_image():
    _, batches, entries = train(1, 3, 1)
    check_losses(batches, entries, 0.3)


@pytest.mark.stage("simclr_training")
def test_training_is_in_training_mode():
    model, _, _ = train(2, 3)
    expect.that(model.modes and all(model.modes), "the model was given in evaluation mode: call model.train() first")
    expect.that(not torch.equal(model.weight, torch.eye(4, 6)), "the model did not change: backward, then step")


@pytest.mark.stage("simclr_training")
def test_training_takes_one_batch_at_a_time():
    class Enough(Exception):
        """Ends endless training."""

    def endless():
        while True:
            expect.that(len(taken) - len(logged) < 3, "batches may be endless: train on each before taking the next")
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
