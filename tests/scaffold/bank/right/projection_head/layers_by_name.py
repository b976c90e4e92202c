"""Layers as attributes, the ReLU as a function."""


class ProjectionHead(nn.Module):
    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        super().__init__()
        self.first = nn.Linear(in_dim, hidden_dim)
        self.last = nn.Linear(hidden_dim, out_dim)

    def forward(self, h: Tensor) -> Tensor:
        return self.last(F.relu(self.first(h)))
