"""Raises AssertionError where it should raise ValueError."""
# points at: ValueError

_given = sample_episode


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    counts = labels.unique(return_counts=True)[1]
    assert len(counts) >= n_way
    assert counts.min() >= n_support + n_query
    return _given(images, labels, n_way, n_support, n_query, generator)
