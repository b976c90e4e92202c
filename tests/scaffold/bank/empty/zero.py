"""Every function returns the number zero as a tensor that asks for gradients."""

import torch


def answer(*args, **kwargs):
    return torch.zeros((), requires_grad=True)
