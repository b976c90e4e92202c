"""Counts on from the last call."""
# points at: count its steps from 0

_steps = [0]


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(_steps[0], {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
        _steps[0] += 1
    return None
