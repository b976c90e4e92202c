"""Makes a list of the episodes first."""
# points at: list


def train_protonet(model, episodes, optimizer, log):
    model.train()
    episodes = list(episodes)
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
