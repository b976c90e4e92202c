"""Returns NumPy's float64 as it is, which is a Python float, too."""

import numpy as np


def confidence_interval(accuracies):
    values = np.asarray(accuracies, dtype=np.float64)
    if values.size < 2:
        raise ValueError("at least two accuracies are needed")
    return values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(values.size)
