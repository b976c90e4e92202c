"""Does not put the model into training mode."""
# mistake: evaluation_mode
# points at: training mode


def train_protonet(model, episodes, optimizer, log):
    pass
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
