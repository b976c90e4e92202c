"""Seeds Python's random.Random with a number from the generator, once per episode."""

import random
from collections import defaultdict


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    chance = random.Random(int(torch.randint(2**62, (1,), generator=generator)))
    members = defaultdict(list)
    for index, label in enumerate(labels.tolist()):
        members[label].append(index)
    if len(members) < n_way:
        raise ValueError(f"{n_way} classes were asked for, there are {len(members)}")
    support, query = [], []
    for label in chance.sample(sorted(members), n_way):
        if len(members[label]) < n_support + n_query:
            raise ValueError(f"class {label} is too small")
        drawn = chance.sample(members[label], n_support + n_query)
        support.append(images[drawn[:n_support]])
        query.append(images[drawn[n_support:]])
    return Episode(support=torch.stack(support), query=torch.stack(query))
