"""The classifier is a Sequential inside."""


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, feature_dim: int = 512, n_classes: int = 10):
        super().__init__()
        self.net = nn.Sequential()
        self.net.add_module("encoder", encoder)
        self.net.add_module("scores", nn.Linear(feature_dim, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        return self.net(images)
