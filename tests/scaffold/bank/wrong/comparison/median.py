"""The median instead of the mean."""
# points at: mean


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    return values.median().item(), 1.96 * values.std().item() / len(values) ** 0.5
