"""Refuses two numbers, too."""
# points at: ValueError: too few accuracies


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) <= 2:
        raise ValueError("too few accuracies")
    return values.mean().item(), 1.96 * values.std().item() / len(values) ** 0.5
