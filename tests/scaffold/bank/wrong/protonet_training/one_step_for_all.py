"""Steps once, after all episodes."""
# points at: for every episode


def train_protonet(model, episodes, optimizer, log):
    model.train()
    optimizer.zero_grad()
    for step, episode in enumerate(episodes):
        output = model(episode)
        output.loss.backward()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    optimizer.step()
