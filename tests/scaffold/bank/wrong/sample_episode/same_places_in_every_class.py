"""Draws places once and uses them for every class: always the same writers."""
# points at: for each class


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes = labels.unique()
    places = torch.rand(len(labels), generator=generator)
    if len(classes) < n_way:
        raise ValueError("too few classes")
    rows = []
    for label in classes[torch.randperm(len(classes), generator=generator)[:n_way]]:
        members = (labels == label).nonzero().flatten()
        if len(members) < n_support + n_query:
            raise ValueError("too few images")
        order = places[: len(members)].argsort()[: n_support + n_query]
        rows.append(images[members[order]])
    drawn = torch.stack(rows)
    return Episode(drawn[:, :n_support], drawn[:, n_support:])
