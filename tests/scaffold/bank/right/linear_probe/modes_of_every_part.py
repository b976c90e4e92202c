"""accuracy puts back the mode of every single part."""


def accuracy(model, batches):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    n = total = 0
    with torch.no_grad():
        for x, y in batches:
            predictions = torch.softmax(model(x), dim=1).max(dim=1)[1]
            n += torch.eq(predictions, y).sum().item()
            total += y.shape[0]
    for module, mode in modes.items():
        module.training = mode
    return float(n) / float(total)
