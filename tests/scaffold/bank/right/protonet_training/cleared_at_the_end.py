"""Clears the gradients after each step, before the next."""


def train_protonet(model, episodes, optimizer, log):
    model.train()
    optimizer.zero_grad()
    for step, episode in enumerate(episodes):
        loss, accuracy, _ = model(episode)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        log(step, {"loss": float(loss), "accuracy": float(accuracy)})
    return None
