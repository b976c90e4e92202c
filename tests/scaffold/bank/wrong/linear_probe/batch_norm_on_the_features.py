"""Normalises the features over the batch first, without parameters."""
# points at: no normalisation


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, feature_dim: int = 512, n_classes: int = 10):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.BatchNorm1d(feature_dim, affine=False), nn.Linear(feature_dim, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.encoder(images))
