"""Averages with numpy, so that what is logged and returned are numpy.float64, which are floats."""

import numpy as np


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    history = {name: [] for name in History._fields}
    for epoch in range(n_epochs):
        numbers = {}
        for split, batches in (("train", train_batches), ("val", val_batches)):
            losses, accs, sizes = [], [], []
            model.train(split == "train")
            for x, y in batches:
                with torch.set_grad_enabled(split == "train"):
                    out = model(x)
                    loss = F.cross_entropy(out, y)
                if split == "train":
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                losses.append(loss.item())
                accs.append((out.argmax(1) == y).numpy().mean())
                sizes.append(len(y))
            numbers[f"{split}_loss"] = np.average(losses, weights=sizes)
            numbers[f"{split}_accuracy"] = np.average(accs, weights=sizes)
        for name in history:
            history[name].append(numbers[name])
        log(epoch, numbers)
    return History(**history)


def accuracy(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        right = [(model(x).argmax(1) == y).numpy() for x, y in batches]
    model.train(mode)
    return np.concatenate(right).mean()
