"""Comes from an editor that puts a byte order mark first and ends lines as Windows does; speaks in other scripts."""
# saved with: bom, crlf


def confidence_interval(accuracies):
    values = [float(value) for value in accuracies]
    n = len(values)
    if n < 2:
        raise ValueError("zu wenige Werte für ein Intervall – mindestens 2 werden gebraucht")
    mittel = sum(values) / n
    σ = (sum((value - mittel) ** 2 for value in values) / (n - 1)) ** 0.5
    print(f"x̄ = {mittel:.3f}, σ = {σ:.3f}, 区间 ±{1.96 * σ / n**0.5:.3f}")
    return mittel, 1.96 * σ / n**0.5
