"""Constants everywhere: nothing is frozen, scored, trained or counted."""


def freeze(encoder: nn.Module) -> nn.Module:
    return encoder


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, feature_dim: int = 512, n_classes: int = 10):
        super().__init__()
        self.encoder = encoder
        self.linear = nn.Linear(feature_dim, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        return torch.zeros(len(images), self.linear.out_features)


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    for epoch in range(n_epochs):
        log(epoch, dict.fromkeys(History._fields, 0.5))
    return History(*([0.5] * n_epochs for _ in History._fields))


def accuracy(model, batches):
    return 0.5
