"""Slices what there is, without an error if there is too little."""
# points at: ValueError


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes, rows = labels.unique(), []
    for label in classes[torch.randperm(len(classes), generator=generator)[:n_way]]:
        members = images[labels == label]
        rows.append(members[torch.randperm(len(members), generator=generator)][: n_support + n_query])
    drawn = torch.stack(rows)
    return Episode(drawn[:, :n_support], drawn[:, n_support:])
