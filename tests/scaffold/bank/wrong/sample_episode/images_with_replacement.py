"""Draws the images of a class with replacement."""
# points at: an image appears twice in the


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes = labels.unique()
    if len(classes) < n_way:
        raise ValueError("too few classes")
    rows = []
    for label in classes[torch.randperm(len(classes), generator=generator)[:n_way]]:
        members = (labels == label).nonzero().flatten()
        if len(members) < n_support + n_query:
            raise ValueError("too few images")
        order = torch.randint(len(members), (n_support + n_query,), generator=generator)
        rows.append(images[members[order]])
    drawn = torch.stack(rows)
    return Episode(drawn[:, :n_support], drawn[:, n_support:])
