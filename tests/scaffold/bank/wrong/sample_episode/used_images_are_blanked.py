"""Marks images as used by writing into the tensors it was given."""
# points at: modified in place

_given = sample_episode


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    episode = _given(images, labels, n_way, n_support, n_query, generator)
    labels[labels == labels.max()] = -1
    return episode
