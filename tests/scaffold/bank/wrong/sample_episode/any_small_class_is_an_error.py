"""Raises for a class that is too small although it was not drawn."""
# points at: a class that is too small


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes, counts = labels.unique(return_counts=True)
    if counts.min() < n_support + n_query:
        raise ValueError("too few images")
    if len(classes) < n_way:
        raise ValueError("too few classes")
    rows = []
    for label in classes[torch.randperm(len(classes), generator=generator)[:n_way]]:
        members = (labels == label).nonzero().flatten()
        if len(members) < n_support + n_query:
            raise ValueError("too few images")
        rows.append(images[members[torch.randperm(len(members), generator=generator)[: n_support + n_query]]])
    drawn = torch.stack(rows)
    return Episode(drawn[:, :n_support], drawn[:, n_support:])
