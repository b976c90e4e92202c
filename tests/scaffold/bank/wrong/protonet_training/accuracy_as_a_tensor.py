"""Logs the accuracy as a tensor."""
# mistake: tensors_logged
# points at: .item()


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy})
    return None
