"""argmax over the wrong dimension."""
# points at: argmax


def accuracy(model: nn.Module, batches: Batches) -> float:
    mode = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax(dim=0)[: len(labels)].repeat(len(labels))[: len(labels)] == labels).sum().item()
            count += labels.numel()
    model.train(mode)
    return right / count
