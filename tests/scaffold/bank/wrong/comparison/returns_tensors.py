"""Returns tensors."""
# points at: Python floats


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    return values.mean(), 1.96 * values.std().item() / len(values) ** 0.5
