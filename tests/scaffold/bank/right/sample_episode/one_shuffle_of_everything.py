"""Shuffles all images once and takes the first ones of each drawn class."""


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes, counts = torch.unique(labels, return_counts=True)
    if classes.numel() < n_way:
        raise ValueError("not enough classes")
    picked = torch.randperm(classes.numel(), generator=generator)[:n_way]
    if counts[picked].min() < n_support + n_query:
        raise ValueError("not enough images")
    shuffle = torch.randperm(labels.numel(), generator=generator)
    indices = [shuffle[labels[shuffle] == label][: n_support + n_query] for label in classes[picked]]
    support, query = images[torch.stack(indices)].split([n_support, n_query], dim=1)
    return Episode(support.contiguous(), query.contiguous())
