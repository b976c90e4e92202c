"""Xavier weights, biases of zero, layers in an OrderedDict, and a forward that takes them one by one."""

from collections import OrderedDict


class ProjectionHead(nn.Module):
    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        super(ProjectionHead, self).__init__()
        parts = [("fc1", nn.Linear(in_dim, hidden_dim)), ("relu", nn.ReLU(True)), ("fc2", nn.Linear(hidden_dim, out_dim))]
        self.net = nn.Sequential(OrderedDict(parts))
        self.apply(self._initialise)

    @staticmethod
    def _initialise(module):
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, h: Tensor) -> Tensor:
        for layer in self.net:
            h = layer(h)
        return h
