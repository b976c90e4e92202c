"""SimCLR trains copies of its parts."""
# points at: called once per forward pass


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head
        import copy
        self.f, self.g = copy.deepcopy(encoder), copy.deepcopy(head)

    def forward(self, images: Tensor) -> Tensor:
        return self.g(self.f(images))
