"""What networks exchange when several processes train them (see `distributed.py`).

Every rank holds the whole network. DistributedDataParallel gives all ranks the mean of their gradients, so that their
weights stay equal. A Prototypical Network takes one episode for each rank and step. SimCLR divides its batch among the
ranks, and everything is still as it would be in a single process: the loss sees the projections of all ranks, and batch
normalisation the statistics of all. The stages know nothing about this.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from experiments.training import checkpoint
from experiments.training.distributed import World


def for_protonet(model: nn.Module, world: World, episode: Any) -> nn.Module:
    """Returns what to call in training in place of the model: gradients become the mean over the ranks' episodes.

    The loss of an episode stays that of its own rank, as does what batch normalisation sees: one episode.

    Args:
        model: a ProtoNet; its parameters are trained in place.
        world: the processes that take part.
        episode: any valid input of the model.
    """
    return model if world.size == 1 else _averaged(model, episode)


def for_simclr(model: nn.Module, world: World, n_images: int, images: Tensor) -> nn.Module:
    """Returns what to call in training in place of the model: it gives the projections of all ranks' images.

    So the loss is that of the whole batch, on every rank, and so are its gradients.

    Args:
        model: a SimCLR; its parameters are trained in place, and its batch normalisation sees the batches of all ranks.
        world: the processes that take part.
        n_images: how many images of a batch are one rank's.
        images: (B, 3, H, W) float32, any valid input of the model, B > 1.
    """
    if world.size == 1:
        return model
    synchronise_batch_norm(model)
    return _Gathered(_averaged(model, images), n_images)


def _averaged(model: nn.Module, example: Any) -> nn.Module:
    """Returns the model wrapped so that backward leaves each parameter the mean of all ranks' gradients.

    The buffers are left alone: rank 0's statistics of batch normalisation are those that are saved and used.
    """
    known = inspect.signature(DistributedDataParallel).parameters
    option = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"  # torch before 2.14
    wrapped: nn.Module = DistributedDataParallel(model, **{option: False})  # type: ignore[arg-type]
    # After the first backward pass DDP changes, once, how it groups the gradients for summing over ranks, and with it
    # the order of the sums. So that this happens before training, in a resumed run as in an undisturbed one, the first
    # backward pass is that of an example which leaves no trace.
    before = checkpoint.rng_state(), {name: buffer.clone() for name, buffer in model.named_buffers()}, model.training
    output = wrapped.train()(example)
    (output if isinstance(output, Tensor) else output.loss).sum().backward()
    checkpoint.set_rng_state(before[0])
    for name, buffer in model.named_buffers():
        buffer.copy_(before[1][name])
    model.zero_grad()
    return wrapped.train(before[2])


class _Gathered(nn.Module):
    """Gives the projections of all ranks for the images of this one."""

    def __init__(self, model: nn.Module, n_images: int):
        super().__init__()
        self.model, self.n_images = model, n_images

    def forward(self, images: Tensor) -> Tensor:
        """(V * B, 3, H, W), V views of each of B images one after the other, to (V * R * B, D) for R ranks."""
        z = _Gather.apply(self.model(images))  # (R, V * B, D)
        # The first views of all ranks come before the second ones: the loss takes the first and the second half.
        everyone: Tensor = z.unflatten(1, (-1, self.n_images)).transpose(0, 1).flatten(0, 2)
        return everyone  # (V * R * B, D)


class _Gather(torch.autograd.Function):
    """(B, D) of each rank -> (R, B, D), the same on each, and differentiable."""

    @staticmethod
    def forward(context: Any, own: Tensor) -> Tensor:
        parts = [torch.empty_like(own, memory_format=torch.contiguous_format) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, own.contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        # Every rank computes the same loss L from the same (R, B, D), so the gradient that arrives is dL/dz for all z,
        # and a rank's part of it needs no communication. Going on from it, rank r finds g_r, what its own images
        # contribute; dL/dw is the sum of g_r over ranks. But DDP will take the mean, 1/R of it: hence the factor R.
        return gradient[dist.get_rank()] * dist.get_world_size()


class _Sum(torch.autograd.Function):
    """The sum over ranks; what each rank's loss owes to it adds up on the way back."""

    @staticmethod
    def forward(context: Any, own: Tensor) -> Tensor:
        total = own.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        dist.all_reduce(total)
        return total


def synchronise_batch_norm(model: nn.Module) -> None:
    """Replaces each batch normalisation inside the model by one over the batches of all ranks; weights are kept."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, (nn.BatchNorm1d, nn.BatchNorm2d)):
                on_gpu = any(tensor.is_cuda for tensor in (*child.parameters(), *child.buffers()))
                other = nn.SyncBatchNorm.convert_sync_batchnorm(child) if on_gpu else _BatchNorm.of(child)
                setattr(parent, name, other)


class _BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation over the batches of all ranks, of equal sizes; PyTorch's SyncBatchNorm needs GPUs."""

    @staticmethod
    def of(module: nn.BatchNorm1d | nn.BatchNorm2d) -> _BatchNorm:
        """Returns one with the same parameters and buffers."""
        new = _BatchNorm(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats)
        new._parameters, new._buffers = module._parameters, module._buffers
        return new.train(module.training)

    def _check_input_dim(self, x: Tensor) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, …) -> the same; statistics are float32 at least."""
        if not (self.training and dist.is_initialized()):
            return super().forward(x)
        dims, shape = [0, *range(2, x.dim())], [1, -1, *[1] * (x.dim() - 2)]
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        n = dist.get_world_size() * x.numel() // x.shape[1]
        mean = _Sum.apply(wide.sum(dims)) / n  # (C,)
        centred = wide - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(dims)) / n
        if self.num_batches_tracked is not None and self.running_mean is not None and self.running_var is not None:
            self.num_batches_tracked.add_(1)
            rate = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean.detach().to(self.running_mean), rate)
            self.running_var.lerp_((variance.detach() * n / (n - 1)).to(self.running_var), rate)
        y = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            y = y * self.weight.view(shape) + self.bias.view(shape)
        normalised: Tensor = y.to(x.dtype)
        return normalised
