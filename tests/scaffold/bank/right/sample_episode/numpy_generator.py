"""A numpy generator, seeded by the torch one, chooses without replacement."""

import numpy as np


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    rng = np.random.default_rng(torch.randint(2**31, (4,), generator=generator).tolist())
    numbers = labels.numpy()
    classes = np.unique(numbers)
    if classes.size < n_way:
        raise ValueError("too few classes")
    chosen = []
    for label in rng.choice(classes, size=n_way, replace=False):
        (members,) = np.where(numbers == label)
        if members.size < n_support + n_query:
            raise ValueError("too few images")
        chosen.append(rng.choice(members, size=n_support + n_query, replace=False))
    drawn = images[torch.from_numpy(np.stack(chosen))]
    return Episode(drawn[:, :n_support], drawn[:, n_support:])
