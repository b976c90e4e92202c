"""What several visible suites train with: `import toys`."""

from __future__ import annotations

import torch


class Descent(torch.optim.Optimizer):
    """Gradient descent, w -= lr * gradient. (torch.optim.SGD does the same, but its first use imports for seconds.)"""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    def add_param_group(self, param_group):
        parameters = param_group["params"]
        group = {**self.defaults, **param_group}
        group["params"] = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none=True):
        for parameter in self._parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter -= group["lr"] * parameter.grad
        return loss

    def _parameters(self):
        return [parameter for group in self.param_groups for parameter in group["params"]]


def random(*shape, seed=0, dtype=torch.float32):
    """Normal numbers, the same every time."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)
