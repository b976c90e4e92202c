"""Divides by n in the standard deviation."""
# points at: divided by n - 1


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    return values.mean().item(), 1.96 * values.std(correction=0).item() / len(values) ** 0.5
