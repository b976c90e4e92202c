"""Runs the model a second time for the accuracy."""
# points at: forward pass


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": model(episode).accuracy.item()})
    return None
