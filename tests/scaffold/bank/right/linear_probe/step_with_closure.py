"""The optimizer calls a closure; the last logits are kept for the accuracy."""


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    history = History([], [], [], [])
    for epoch in range(n_epochs):
        model.train()
        sums = [0.0, 0]
        n = 0
        for images, labels in train_batches:
            seen = []

            def closure():
                optimizer.zero_grad()
                seen.append(model(images))
                loss = F.cross_entropy(seen[-1], labels)
                loss.backward()
                return loss

            sums[0] += optimizer.step(closure).item() * len(images)
            sums[1] += seen[0].argmax(1).eq(labels).sum().item()
            n += len(images)
        model.eval()
        with torch.no_grad():
            logits, targets = zip(*[(model(images), labels) for images, labels in val_batches])
        logits, targets = torch.cat(logits), torch.cat(targets)
        values = (
            sums[0] / n,
            sums[1] / n,
            F.cross_entropy(logits, targets).item(),
            (logits.argmax(1) == targets).double().mean().item(),
        )
        for name, value in zip(History._fields, values):
            getattr(history, name).append(value)
        log(epoch, dict(zip(History._fields, values)))
    return history
