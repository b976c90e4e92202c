"""Parameters of its own and matrix products."""


class ProjectionHead(nn.Module):
    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        super().__init__()
        self.w2 = nn.Parameter(torch.randn(out_dim, hidden_dim) / hidden_dim**0.5)
        self.b2 = nn.Parameter(torch.zeros(out_dim))
        self.w1 = nn.Parameter(torch.randn(hidden_dim, in_dim) / in_dim**0.5)
        self.b1 = nn.Parameter(torch.zeros(hidden_dim))

    def forward(self, h: Tensor) -> Tensor:
        return (h @ self.w1.T + self.b1).clamp(min=0) @ self.w2.T + self.b2
