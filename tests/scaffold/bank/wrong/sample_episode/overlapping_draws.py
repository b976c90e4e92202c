"""Draws support and query of a class one after the other from all of its images."""
# points at: in the support and in the query


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes = labels.unique()
    if len(classes) < n_way:
        raise ValueError("too few classes")
    support, query = [], []
    for label in classes[torch.randperm(len(classes), generator=generator)[:n_way]]:
        members = images[labels == label]
        if len(members) < n_support + n_query:
            raise ValueError("too few images")
        support.append(members[torch.randperm(len(members), generator=generator)[:n_support]])
        query.append(members[torch.randperm(len(members), generator=generator)[:n_query]])
    return Episode(torch.stack(support), torch.stack(query))
