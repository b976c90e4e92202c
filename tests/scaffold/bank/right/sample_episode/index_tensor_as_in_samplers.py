"""Keeps a table of indices padded with nan-like -1, as the samplers of older code do, and cuts it per class."""


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    classes, counts = torch.unique(labels, return_counts=True)
    if n_way > len(classes):
        raise ValueError("not enough classes")
    table = torch.full((len(classes), int(counts.max())), -1)
    filled = [0] * len(classes)
    for index, label in enumerate(labels):
        row = int((classes == label).nonzero())
        table[row, filled[row]] = index
        filled[row] += 1
    chosen = []
    for row in torch.randperm(len(classes), generator=generator)[:n_way].tolist():
        if filled[row] < n_support + n_query:
            raise ValueError("not enough images")
        order = torch.randperm(filled[row], generator=generator)[: n_support + n_query]
        chosen.append(table[row][order])
    drawn = images[torch.stack(chosen)]
    return Episode(*drawn.split([n_support, n_query], dim=1))
