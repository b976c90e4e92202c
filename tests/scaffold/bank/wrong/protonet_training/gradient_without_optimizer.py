"""Subtracts the gradient itself."""
# mistake: optimizer_of_its_own


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.05 * parameter.grad
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
