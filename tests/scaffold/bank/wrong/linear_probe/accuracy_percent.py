"""Percent."""
# points at: 100 times
# mistake: accuracy_in_percent


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            count += labels.numel()
    model.train(mode)
    return 100 * right / count
