"""Forgets the momentum at the start of every call."""
# points at: as they are


def train_protonet(model, episodes, optimizer, log):
    model.train()
    optimizer.state.clear()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
