"""Takes lists only."""


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    values = torch.tensor([*accuracies] + [0.0] * 0 if isinstance(accuracies, list) else None, dtype=torch.float64)
    if len(values) < 2:
        raise ValueError("two at least")
    return values.mean().item(), 1.96 * values.std().item() / len(values) ** 0.5
