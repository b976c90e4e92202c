"""Adds to the labels it was given."""
# points at: modified in place


def rotate_classes(images, labels):
    n_classes, parts, all_labels = int(labels.max()) + 1, [], []
    for k in range(4):
        parts.append(torch.rot90(images, k, dims=(2, 3)))
        all_labels.append(labels.clone())
        labels += n_classes
    return torch.cat(parts), torch.cat(all_labels)
