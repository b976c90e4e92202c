"""Asserts instead of raising a ValueError."""
# points at: ValueError


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    assert len(values) > 1
    return values.mean().item(), 1.96 * values.std().item() / len(values) ** 0.5
