"""Records gradients."""
# points at: no_grad
# mistake: validation_with_gradients


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    model.eval()
    right, count = 0, 0
    if True:
        for images, labels in batches:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            count += labels.numel()
    model.train(mode)
    return right / count
