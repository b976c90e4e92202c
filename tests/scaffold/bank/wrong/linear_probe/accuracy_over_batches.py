"""Averages the accuracies of the batches."""
# points at: unequal sizes
# mistake: mean_over_batches


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax(dim=1) == labels).float().mean().item()
            count += 1
    model.train(mode)
    return right / count
