"""Counts the steps from 1."""
# points at: 0, 1, 2


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step + 1, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
