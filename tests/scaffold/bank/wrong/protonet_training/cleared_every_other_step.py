"""Accumulates the gradients of two episodes, as one does for larger batches, though it steps after each."""
# points at: clear the old gradients

ACCUMULATE = 2


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for i, ep in enumerate(episodes):
        if i % ACCUMULATE == 0:
            optimizer.zero_grad()
        out = model(ep)
        out.loss.backward()
        optimizer.step()
        log(i, {"loss": out.loss.item(), "accuracy": out.accuracy.item()})
