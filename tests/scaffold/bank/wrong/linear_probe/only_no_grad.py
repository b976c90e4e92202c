"""A wrapper that runs without gradients, in the mode of the model, and freezes no parameter."""
# points at: requires_grad
# mistake: only_eval


def freeze(encoder: nn.Module) -> nn.Module:
    class NoGrad(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, images):
            with torch.no_grad():
                return self.encoder(images)

    return NoGrad()
