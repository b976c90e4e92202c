"""Comes from an editor that indents by tabs and ends lines as Windows does."""
# saved with: crlf, tabs


def compute_prototypes(support):
    n_way, n_support, _ = support.shape
    if n_way > 0:
        total = support.sum(dim=1)
        if n_support > 0:
            total = total / n_support
    return total
