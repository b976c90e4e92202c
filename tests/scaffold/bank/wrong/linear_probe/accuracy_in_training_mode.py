"""Measured in the mode in which the model comes."""
# points at: eval()
# mistake: validates_in_training_mode


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            count += labels.numel()
    model.train(mode)
    return right / count
