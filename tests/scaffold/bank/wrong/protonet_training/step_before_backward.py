"""Steps before it goes backward."""


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        optimizer.step()
        output.loss.backward()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
