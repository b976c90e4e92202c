"""Linear layers without biases."""
# mistake: missing_bias
# points at: bias


class ProjectionHead(nn.Module):
    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_dim, hidden_dim, bias=False), nn.ReLU(), nn.Linear(hidden_dim, out_dim, bias=False))

    def forward(self, h: Tensor) -> Tensor:
        return self.layers(h)
