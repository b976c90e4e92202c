"""Logs once, at the end."""
# points at: once per episode


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        last = step, output
    log(last[0], {"loss": last[1].loss.item(), "accuracy": last[1].accuracy.item()})
