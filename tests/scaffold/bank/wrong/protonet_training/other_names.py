"""Logs under other names."""
# points at: "loss" and "accuracy"


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"train_loss": output.loss.item(), "train_acc": output.accuracy.item()})
    return None
