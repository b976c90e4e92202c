"""Squeezes the scores before the argmax."""
# mistake: squeezed_scores


def accuracy(model, batches):
    mode = model.training
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).squeeze().argmax(-1) == labels).sum().item()
            count += labels.numel()
    model.train(mode)
    return right / count
