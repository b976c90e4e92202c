"""1.96 s, the interval of one episode and not of the mean."""
# points at: sqrt(n)


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.as_tensor(accuracies, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    return values.mean().item(), 1.96 * values.std().item()
