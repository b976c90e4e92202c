"""Moves every episode to the model's device and prints a running mean; logs the episode's own numbers."""


def train_protonet(model, episodes, optimizer, log):
    device = next(model.parameters()).device
    model.train()
    total = 0.0
    for step, episode in enumerate(episodes):
        episode = episode._replace(support=episode.support.to(device), query=episode.query.to(device))
        optimizer.zero_grad(set_to_none=True)
        output = model(episode)
        output.loss.backward()
        optimizer.step()
        total += output.loss.item()
        if step % 2 == 0:
            print(f"[{step:4d}] loss {total / (step + 1):.3f}, accuracy {output.accuracy.item():.1%}", flush=True)
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
