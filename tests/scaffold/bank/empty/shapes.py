"""Everything has the right type, shape and dtype, and is constant: no distance, no loss, no step.

Around that all is in order: loops call the model in the right mode, count their steps and log, modes are put back.
"""

import torch
from matplotlib.figure import Figure
from torch import nn


def answer(*args, **kwargs):
    return None


class Constant(nn.Module):
    """Maps a batch to zeros that a gradient can go through."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, images):
        return images.new_zeros(len(images), *self.shape) + 0 * images.sum()


def read_omniglot(root, image_size=28):
    drawings = sorted(root.glob("*/*/*.png"))
    folders = sorted({path.parent for path in drawings})
    labels = torch.tensor([folders.index(path.parent) for path in drawings])
    return torch.zeros(len(drawings), 1, image_size, image_size), labels


def rotate_classes(images, labels):
    return images.repeat(4, 1, 1, 1), labels.repeat(4)


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    def zeros(shots):
        return images.new_zeros(n_way, shots, *images.shape[1:])

    return Episode(zeros(n_support), zeros(n_query))  # noqa: F821


def conv_block(in_channels, out_channels):
    class Halved(nn.Module):
        def forward(self, images):
            batch, _, height, width = images.shape
            return images.new_zeros(batch, out_channels, height // 2, width // 2) + 0 * images.sum()

    return nn.Sequential(Halved(), nn.Identity(), nn.Identity(), nn.Identity())


class ConvEncoder(Constant):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__(embedding_channels)


def compute_prototypes(support):
    return 0 * support[:, 0]


def squared_euclidean(queries, prototypes):
    return 0 * queries @ prototypes.T


class ProtoNet(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, episode):
        n_way, n_query = episode.query.shape[:2]
        predictions = torch.arange(n_way).unsqueeze(1).expand(n_way, n_query)
        return EpisodeOutput(0 * episode.query.sum(), torch.tensor(1.0), predictions)  # noqa: F821


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})


def plot_predictions(episode, predictions):
    figure = Figure()
    figure.subplots(len(episode.query), episode.query.shape[1] + 1)
    return figure


def simclr_augmentation(image_size=32, strength=0.5, min_area=0.08):
    class Same(nn.Module):
        def forward(self, images):
            return images.new_full((len(images), 3, image_size, image_size), 0.5)

    return Same()


def two_views(images, augmentation):
    return images, images.clone()


class ProjectionHead(nn.Module):
    def __init__(self, in_dim=512, hidden_dim=512, out_dim=128):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, out_dim))

    def forward(self, h):
        return 0 * self.layers(h)


def resnet18_encoder(stem="cifar"):
    return Constant(512)


class SimCLR(Constant):
    def __init__(self, encoder, head):
        super().__init__(128)
        self.encoder, self.head = encoder, head


def nt_xent_loss(z1, z2, temperature=0.5):
    return 0 * (z1.sum() + z2.sum())


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        model(augmentation(images)), model(augmentation(images))
        log(step, {"loss": 0.0})


def freeze(encoder):
    return encoder.requires_grad_(False).eval()


class Classifier(Constant):
    def __init__(self, encoder, feature_dim=512, n_classes=10):
        super().__init__(n_classes)
        self.encoder, self.linear = encoder, nn.Linear(feature_dim, n_classes)


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    series = [[], [], [], []]
    for epoch in range(n_epochs):
        for mode, batches in ((True, train_batches), (False, val_batches)):
            model.train(mode)
            for images, _ in batches:
                model(images)
        for values in series:
            values.append(0.0)
        log(epoch, dict.fromkeys(History._fields, 0.0))  # noqa: F821
    return History(*series)  # noqa: F821


def accuracy(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        for images, _ in batches:
            model(images)
    model.train(mode)
    return 0.5


def confidence_interval(accuracies):
    return 0.0, 0.0


def plot_comparison(probe, baseline):
    figure = Figure()
    figure.subplots(1, 2)
    return figure
