"""Collects everything and logs it when training is over."""
# points at: not at the end


def train_protonet(model, episodes, optimizer, log):
    model.train()
    rows = []
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        rows.append((step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()}))
    for step, numbers in rows:
        log(step, numbers)
