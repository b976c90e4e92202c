"""Draws the classes with replacement."""
# points at: without replacement


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes = labels.unique()
    if len(classes) < n_way:
        raise ValueError("too few classes")
    rows = []
    for label in classes[torch.randint(len(classes), (n_way,), generator=generator)]:
        members = (labels == label).nonzero().flatten()
        if len(members) < n_support + n_query:
            raise ValueError("too few images")
        order = torch.randperm(len(members), generator=generator)[: n_support + n_query]
        rows.append(images[members[order]])
    drawn = torch.stack(rows)
    return Episode(drawn[:, :n_support], drawn[:, n_support:])
