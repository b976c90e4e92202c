"""Logs the loss after the step."""
# points at: before the parameters change


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        with torch.no_grad():
            output = model(episode)
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
