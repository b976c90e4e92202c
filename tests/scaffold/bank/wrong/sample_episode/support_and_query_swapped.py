"""Gives the query as many images as the support should have."""
# points at: support should have the shape


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes = labels.unique()
    if len(classes) < n_way:
        raise ValueError("too few classes")
    rows = []
    for label in classes[torch.randperm(len(classes), generator=generator)[:n_way]]:
        members = (labels == label).nonzero().flatten()
        if len(members) < n_support + n_query:
            raise ValueError("too few images")
        order = torch.randperm(len(members), generator=generator)[: n_support + n_query]
        rows.append(images[members[order]])
    drawn = torch.stack(rows)
    return Episode(support=drawn[:, :n_query], query=drawn[:, n_query:])
