"""Asks how many episodes there are."""
# points at: len()


def train_protonet(model, episodes, optimizer, log):
    model.train()
    n_episodes = len(episodes)
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
