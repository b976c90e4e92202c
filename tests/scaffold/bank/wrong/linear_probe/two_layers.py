"""A hidden layer before the scores."""
# points at: one linear layer


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, feature_dim: int = 512, n_classes: int = 10):
        super().__init__()
        self.encoder = encoder
        self.linear = nn.Sequential(nn.Linear(feature_dim, feature_dim), nn.ReLU(), nn.Linear(feature_dim, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(self.encoder(images))
