"""Puts the model into training mode in the end, however it came."""
# points at: as it was
# mistake: mode_not_restored


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            count += labels.numel()
    model.train()
    return right / count
