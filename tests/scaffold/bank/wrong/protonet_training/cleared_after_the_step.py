"""Clears the gradients after each step only: those that the parameters came with go into the first one."""
# points at: old gradients


def train_protonet(model, episodes, optimizer, log):
    model.train()
    for step, episode in enumerate(episodes):
        out = model(episode)
        out.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        log(step, {"loss": out.loss.item(), "accuracy": out.accuracy.item()})
