"""Squeezes h, as an encoder without flattening would need it: a single image loses its batch dimension."""
# mistake: head_squeezes_z
# points at: batch dimension


class ProjectionHead(nn.Module):
    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, out_dim))

    def forward(self, h: Tensor) -> Tensor:
        return self.layers(h.squeeze())
