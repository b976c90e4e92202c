"""Logs every second episode."""
# points at: once per episode


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        if step % 2 == 0:
            log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
