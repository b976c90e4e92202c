"""128 features by default, those of the projection head."""
# points at: 512


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, feature_dim: int = 128, n_classes: int = 10):
        super().__init__()
        self.encoder = encoder
        self.linear = nn.Linear(feature_dim, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(self.encoder(images))
