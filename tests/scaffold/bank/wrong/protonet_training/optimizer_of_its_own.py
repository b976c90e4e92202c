"""Makes an optimizer of its own."""
# points at: the optimizer


def train_protonet(model, episodes, optimizer, log):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    return None
