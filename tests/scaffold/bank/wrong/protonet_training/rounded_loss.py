"""Rounds what it logs."""


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": round(output.loss.item(), 1), "accuracy": output.accuracy.item()})
    return None
