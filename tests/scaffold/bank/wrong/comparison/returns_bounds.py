"""Returns the lower and the upper end."""
# points at: half width


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    mean, half = values.mean().item(), 1.96 * values.std().item() / len(values) ** 0.5
    return mean - half, mean + half
