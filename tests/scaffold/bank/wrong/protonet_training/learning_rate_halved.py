"""Halves the learning rate after each episode."""
# mistake: schedule_of_its_own


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
        for group in optimizer.param_groups:
            group["lr"] /= 2
    return None
