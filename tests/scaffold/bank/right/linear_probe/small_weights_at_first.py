"""The linear layer starts with small weights and no bias, as probes of published code do."""


class Classifier(nn.Module):
    def __init__(self, encoder: nn.Module, feature_dim: int = 512, n_classes: int = 10):
        super().__init__()
        self.encoder = encoder
        self.fc = nn.Linear(feature_dim, n_classes)
        self.fc.weight.data.normal_(mean=0.0, std=0.01)
        self.fc.bias.data.zero_()

    def forward(self, images: Tensor) -> Tensor:
        h = self.encoder(images)
        return self.fc(torch.flatten(h, start_dim=1))
