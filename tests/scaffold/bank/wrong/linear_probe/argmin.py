"""Takes the lowest score."""
# points at: argmax


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmin(dim=1) == labels).sum().item()
            count += labels.numel()
    model.train(mode)
    return right / count
