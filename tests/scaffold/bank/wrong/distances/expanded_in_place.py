"""The expansion with addmm, as re-identification code has it, with a guard before the root that is squared again."""
# points at: subtract first
# mistake: expansion


def squared_euclidean(queries, prototypes):
    m, n = queries.size(0), prototypes.size(0)
    squares = queries.pow(2).sum(1, keepdim=True).expand(m, n) + prototypes.pow(2).sum(1, keepdim=True).expand(n, m).t()
    squares = squares.addmm(queries, prototypes.t(), beta=1, alpha=-2)
    return squares.clamp(min=1e-12).sqrt().pow(2)
