"""The validation accuracy is that of the last batch."""
# points at: over all validation samples


def train_classifier(
    model: nn.Module,
    train_batches: Batches,
    val_batches: Batches,
    optimizer: torch.optim.Optimizer,
    n_epochs: int,
    log: Log,
) -> History:
    history = History([], [], [], [])
    for epoch in range(n_epochs):
        model.train()
        loss_sum, right, count = 0.0, 0, 0
        for images, labels in train_batches:
            logits = model(images)
            loss = F.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            right += (logits.argmax(1) == labels).sum().item()
            count += len(labels)
        train_loss, train_accuracy = loss_sum / count, right / count
        model.eval()
        loss_sum, right, count = 0.0, 0, 0
        with torch.no_grad():
            for images, labels in val_batches:
                logits = model(images)
                loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
                right = (logits.argmax(1) == labels).sum().item()
                last = len(labels)
                count += last
        val_loss, val_accuracy = loss_sum / count, right / last
        values = {"train_loss": train_loss, "train_accuracy": train_accuracy, "val_loss": val_loss, "val_accuracy": val_accuracy}
        for name, value in values.items():
            getattr(history, name).append(value)
        log(epoch, values)
    return history
