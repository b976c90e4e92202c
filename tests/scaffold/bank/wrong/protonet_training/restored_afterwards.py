"""Keeps the weights with the lowest loss and loads them at the end, in place of the last ones."""
# points at: trained parameters

import copy


def train_protonet(model, episodes, optimizer, log):
    model.train()
    best, kept = float("inf"), None
    for step, episode in enumerate(episodes):
        output = model(episode)
        if output.loss.item() < best:
            best, kept = output.loss.item(), copy.deepcopy(model.state_dict())
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    if kept is not None:
        model.load_state_dict(kept)
