"""Helpers for an epoch of training and for evaluation, which accuracy uses as well."""


def _evaluate(model, batches):
    was = model.training
    model.eval()
    with torch.inference_mode():
        outcomes = [_outcome(model(x), y) for x, y in batches]
    model.train(was)
    losses, right = (torch.cat(parts).double() for parts in zip(*outcomes))
    return losses.mean().item(), right.mean().item()


def _outcome(logits, labels):
    return F.cross_entropy(logits, labels, reduction="none"), logits.max(1).indices == labels


def accuracy(model: nn.Module, batches: Batches) -> float:
    return _evaluate(model, batches)[1]


def train_classifier(
    model: nn.Module,
    train_batches: Batches,
    val_batches: Batches,
    optimizer: torch.optim.Optimizer,
    n_epochs: int,
    log: Log,
) -> History:
    entries = []
    for epoch in range(n_epochs):
        model.train()
        seen = []
        for images, labels in train_batches:
            optimizer.zero_grad()
            logits = model(images)
            nn.CrossEntropyLoss()(logits, labels).backward()
            optimizer.step()
            seen.append(_outcome(logits.detach(), labels))
        losses, right = (torch.cat(parts).double() for parts in zip(*seen))
        entry = dict(zip(History._fields, (losses.mean().item(), right.mean().item(), *_evaluate(model, val_batches))))
        entries.append(entry)
        log(epoch, entry)
    return History(*([entry[name] for entry in entries] for name in History._fields))
