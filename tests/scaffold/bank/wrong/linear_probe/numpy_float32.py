"""Keeps numbers as numpy.float32, which are no Python floats."""
# points at: Python float
# mistake: logs_tensors

import numpy as np


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    history = History([], [], [], [])
    for epoch in range(n_epochs):
        model.train()
        train_loss, train_right, n_train = 0.0, 0, 0
        for images, labels in train_batches:
            logits = model(images)
            loss = F.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * len(labels)
            train_right += (logits.argmax(1) == labels).sum().item()
            n_train += len(labels)
        model.eval()
        val_loss, val_right, n_val = 0.0, 0, 0
        with torch.no_grad():
            for images, labels in val_batches:
                logits = model(images)
                val_loss += F.cross_entropy(logits, labels, reduction="sum").item()
                val_right += (logits.argmax(1) == labels).sum().item()
                n_val += len(labels)
        numbers = map(np.float32, (train_loss / n_train, train_right / n_train, val_loss / n_val, val_right / n_val))
        values = dict(zip(History._fields, numbers))
        for name, value in values.items():
            getattr(history, name).append(value)
        log(epoch, values)
    return history
