"""The interval by the standard library."""


def confidence_interval(accuracies: Sequence[float] | Tensor) -> tuple[float, float]:
    import math
    import statistics

    numbers = [float(accuracy) for accuracy in accuracies]
    if len(numbers) <= 1:
        raise ValueError("at least two numbers")
    return statistics.mean(numbers), 1.96 * statistics.stdev(numbers) / math.sqrt(len(numbers))
