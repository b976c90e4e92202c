"""Goes through the batches by a DataLoader, reads features by a forward hook, and copies the weights it starts with."""

import copy

from torch.utils.data import DataLoader


def accuracy(model, batches):
    was_training = model.training
    before = copy.deepcopy(model.state_dict())
    seen = []
    handle = model.register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in DataLoader(list(batches), batch_size=None, generator=torch.Generator()):
            right += (model(images).max(dim=1).indices == labels).sum().item()
            total += labels.size(0)
    handle.remove()
    model.train(was_training)
    assert len(seen) > 0 and before.keys() == model.state_dict().keys()
    return right / total
