"""Fills empty tensors image by image, with indices in dictionaries."""


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    members = {}
    for index, label in enumerate(labels.tolist()):
        members.setdefault(label, []).append(index)
    names = sorted(members)
    if n_way > len(names):
        raise ValueError(f"{n_way} classes wanted, {len(names)} there")
    support = images.new_empty((n_way, n_support, *images.shape[1:]))
    query = images.new_empty((n_way, n_query, *images.shape[1:]))
    for row, position in enumerate(torch.randperm(len(names), generator=generator).tolist()[:n_way]):
        indices = members[names[position]]
        if n_support + n_query > len(indices):
            raise ValueError(f"class {names[position]} is too small")
        order = torch.randperm(len(indices), generator=generator).tolist()
        for i in range(n_support):
            support[row, i] = images[indices[order[i]]]
        for i in range(n_query):
            query[row, i] = images[indices[order[n_support + i]]]
    return Episode(support, query)
