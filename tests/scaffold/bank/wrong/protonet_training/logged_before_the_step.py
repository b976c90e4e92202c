"""Logs before it steps."""
# points at: after optimizer.step()


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
        optimizer.step()
    return None
