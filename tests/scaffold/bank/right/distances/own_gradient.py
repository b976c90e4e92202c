"""An autograd.Function with a backward pass of its own."""


class _SquaredEuclidean(torch.autograd.Function):
    @staticmethod
    def forward(ctx, queries, prototypes):
        difference = queries[:, None] - prototypes[None]
        ctx.save_for_backward(difference)
        return difference.pow(2).sum(-1)

    @staticmethod
    def backward(ctx, gradient):
        (difference,) = ctx.saved_tensors
        weighted = 2 * gradient[..., None] * difference
        return weighted.sum(1), -weighted.sum(0)


def squared_euclidean(queries, prototypes):
    return _SquaredEuclidean.apply(queries, prototypes)
