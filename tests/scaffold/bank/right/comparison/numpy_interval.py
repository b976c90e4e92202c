"""The interval by numpy, as floats."""


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    import numpy as np

    numbers = np.array([float(a) for a in accuracies])
    if numbers.size < 2:
        raise ValueError(f"{numbers.size} numbers are too few")
    return float(numbers.mean()), float(1.96 * numbers.std(ddof=1) / np.sqrt(numbers.size))
