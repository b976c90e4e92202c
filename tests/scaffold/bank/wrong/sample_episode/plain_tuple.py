"""Returns a tuple instead of an Episode."""
# points at: NamedTuple

_given = sample_episode


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    return tuple(_given(images, labels, n_way, n_support, n_query, generator))
