"""The variance instead of the deviation."""


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    return values.mean().item(), 1.96 * values.var().item() / len(values) ** 0.5
