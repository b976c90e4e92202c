"""Logs the mean of all losses so far."""
# points at: without averaging


def train_protonet(model, episodes, optimizer, log):
    model.train()
    losses = []
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        losses.append(output.loss.item())
        log(step, {"loss": sum(losses) / len(losses), "accuracy": output.accuracy.item()})
    return None
