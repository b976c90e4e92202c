"""Raises a ValueError whatever is asked."""


def freeze(encoder):
    raise ValueError("no")


class Classifier(nn.Module):
    def __init__(self, encoder, feature_dim=512, n_classes=10):
        raise ValueError("no")


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    raise ValueError("no")


def accuracy(model, batches):
    raise ValueError("no")
