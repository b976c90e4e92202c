"""What one would run without this project: plain loops in float32, as papers, tutorials and packages write them.

None of them is slowed down on purpose. They have the same network, batch, image size and number of threads as the loop
that they are compared with, compute one loss per step, and draw no figure, write no checkpoint and log nothing. Where
there is a choice, they take what costs them less:

- Episodes: the list of files, and in memory the images of each class, are looked up once, not per episode.
- Evaluation: the episode's images are embedded in one batch in evaluation mode, without gradients.
- Pretraining: photographs are in memory as torchvision's CIFAR10 keeps them, and augmented by Pillow, whose C code is
  faster for images this small than tensor operations. No blur and no normalisation, which `lightly` would add. The
  DataLoader has persistent workers, as many as is fastest: `training_speed.py` tries 0 and one for each thread.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from stages.episodes import Episode, sample_episode
from stages.omniglot import read_omniglot, rotate_classes
from stages.protonet import ConvEncoder, ProtoNet
from stages.simclr import ProjectionHead, SimCLR, nt_xent_loss, resnet18_encoder
from stopwatch import Stopwatch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

SIZE = 28  # of Omniglot's drawings
QUARTERS = 4  # turns of a character that are classes of their own


def episodes_from_disk(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Trains a Prototypical Network on episodes whose images are opened, resized and turned when they are needed."""
    folders = sorted(path for path in (Path(settings["root"]) / settings["characters"]).glob("*/*") if path.is_dir())
    files = [sorted(folder.glob("*.png")) for folder in folders]
    n_way, n_support, n_query = settings["episode"]

    def read(path: Path, quarter: int) -> Tensor:
        with Image.open(path) as file:
            drawing = file.convert("L")
        if drawing.size != (SIZE, SIZE):
            drawing = drawing.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        return 1 - torch.from_numpy(np.rot90(np.asarray(drawing), quarter).copy()).float().unsqueeze(0) / 255

    def episode() -> Episode:
        rows = []
        for choice in random.sample(range(QUARTERS * len(files)), n_way):
            character, quarter = divmod(choice, QUARTERS)
            chosen = random.sample(files[character], n_support + n_query)
            rows.append(torch.stack([read(path, quarter) for path in chosen]))
        drawn = torch.stack(rows)  # (n_way, n_support + n_query, 1, SIZE, SIZE)
        return Episode(drawn[:, :n_support], drawn[:, n_support:])

    _train_protonet(watch, settings, episode)


def episodes_from_memory(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Trains a Prototypical Network on episodes of images that were all read, and turned, at the start."""
    images, labels = rotate_classes(*read_omniglot(Path(settings["root"]) / settings["characters"], SIZE))
    members = [(labels == label).nonzero().flatten() for label in range(int(labels.max()) + 1)]
    n_way, n_support, n_query = settings["episode"]

    def episode() -> Episode:
        rows = []
        for label in torch.randperm(len(members))[:n_way].tolist():
            chosen = torch.randperm(len(members[label]))[: n_support + n_query]
            rows.append(images[members[label][chosen]])
        drawn = torch.stack(rows)
        return Episode(drawn[:, :n_support], drawn[:, n_support:])

    _train_protonet(watch, settings, episode)


def _train_protonet(watch: Stopwatch, settings: dict[str, Any], episode: Callable[[], Episode]) -> None:
    model = ProtoNet(ConvEncoder(1, *settings["channels"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    watch.begin()
    while True:
        drawn = episode()
        watch.mark("data")
        output = model(drawn)
        watch.mark("forward")
        optimizer.zero_grad()
        output.loss.backward()
        watch.mark("backward")
        optimizer.step()
        watch.mark("optimiser")
        output.loss.item()
        watch.step()


def evaluation_by_episode(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Tests a Prototypical Network by embedding the images of every test episode.

    A step is a small part of the whole evaluation, the same number of episodes of each setting, and counts as that
    part: episodes of a setting all cost the same.
    """
    encoder, images, labels = evaluation_task(settings)
    model = ProtoNet(encoder).eval()
    generator = torch.Generator().manual_seed(0)
    share = max(1, settings["n_episodes"] // 200)
    watch.begin()
    while True:
        for n_way in settings["ways"]:
            for n_support in settings["shots"]:
                for _ in range(share):
                    drawn = sample_episode(images, labels, n_way, n_support, settings["n_query"], generator)
                    watch.mark("data")
                    with torch.no_grad():
                        model(drawn).accuracy.item()
                    watch.mark("forward")
        watch.step(share / settings["n_episodes"])


def evaluation_task(settings: dict[str, Any]) -> tuple[nn.Module, Tensor, Tensor]:
    """Returns an encoder, and the test images and labels with their rotations, as tensors."""
    from experiments.data.omniglot import omniglot

    torch.manual_seed(0)
    split = omniglot(Path(settings["root"]), "paper", SIZE, 0)
    return ConvEncoder(1, *settings["channels"]), *rotate_classes(split.test.images, split.test.labels)


class Photographs(Dataset):
    """CIFAR-10 as torchvision's dataset gives it out: each photograph a Pillow image, transformed, and its label."""

    def __init__(self, settings: dict[str, Any], transform: Callable[[Image.Image], Any] | None = None):
        from experiments.data.cifar10 import CIFAR_TRAIN, cifar10

        photos = cifar10(Path(settings["root"]), CIFAR_TRAIN)
        self.images = photos.images.permute(0, 2, 3, 1).contiguous().numpy()  # (N, H, W, 3) uint8
        self.labels = photos.labels.tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        image = Image.fromarray(self.images[index])
        return self.transform(image) if self.transform else image, self.labels[index]


def simclr_by_lightly(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Pretrains with the package `lightly`, as its example for SimCLR does: its transform, its loss, its two passes."""
    from lightly.data import LightlyDataset
    from lightly.loss import NTXentLoss
    from lightly.transforms import SimCLRTransform

    transform = SimCLRTransform(input_size=32, cj_strength=settings["strength"], gaussian_blur=0.0, normalize=None)
    criterion = NTXentLoss(temperature=settings["temperature"])

    def loss(model: nn.Module, one: Tensor, other: Tensor) -> Tensor:
        return criterion(model(one), model(other))

    photographs = Photographs(settings)
    dataset = LightlyDataset.from_torch_dataset(photographs, transform, lambda _, index: str(index))
    _pretrain(watch, settings, dataset, loss)


def simclr_by_torchvision(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Pretrains with torchvision's transforms for one image after the other, and one pass for both views."""
    from torchvision.transforms import v2

    s = settings["strength"]
    augment = v2.Compose(
        [
            v2.RandomResizedCrop(32, scale=(0.08, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8),
            v2.RandomGrayscale(p=0.2),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )

    def loss(model: nn.Module, one: Tensor, other: Tensor) -> Tensor:
        return nt_xent_loss(*model(torch.cat([one, other])).chunk(2), settings["temperature"])

    _pretrain(watch, settings, Photographs(settings, TwoViews(augment)), loss)


class TwoViews:
    """Augments an image twice."""

    def __init__(self, augment: Callable[[Image.Image], Tensor]):
        self.augment = augment

    def __call__(self, image: Image.Image) -> tuple[Tensor, Tensor]:
        return self.augment(image), self.augment(image)


def _pretrain(watch: Stopwatch, settings: dict[str, Any], dataset: Dataset, loss: Callable[..., Tensor]) -> None:
    """The loop of both: `loss` maps the model and two batches of views to the loss."""
    loader = DataLoader(
        dataset,
        batch_size=settings["batch_size"],
        shuffle=True,
        drop_last=True,
        num_workers=settings["workers"],
        persistent_workers=settings["workers"] > 0,
    )
    encoder = resnet18_encoder(settings["stem"])
    reduced = settings["precision"] == "bfloat16"
    if reduced:
        encoder = encoder.to(memory_format=torch.channels_last)
    model = SimCLR(encoder, ProjectionHead(512, 512, 128))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    model.train()
    watch.begin()
    while True:
        for (one, other), *_ in loader:
            watch.mark("data")
            if reduced:
                one, other = (views.contiguous(memory_format=torch.channels_last) for views in (one, other))
            with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
                value = loss(model, one, other)
            watch.mark("forward")
            optimizer.zero_grad()
            value.backward()
            watch.mark("backward")
            optimizer.step()
            watch.mark("optimiser")
            value.item()
            watch.step(len(one))
