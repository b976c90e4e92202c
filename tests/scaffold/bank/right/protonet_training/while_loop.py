"""Takes the episodes with next, in a helper that makes one step."""


def _one_step(model, episode, optimizer):
    optimizer.zero_grad()
    output = model.forward(episode)
    torch.autograd.backward(output.loss)
    optimizer.step()
    return {"loss": output.loss.item(), "accuracy": output.accuracy.item(), "learning_rate": optimizer.param_groups[0]["lr"]}


def train_protonet(model, episodes, optimizer, log):
    model.train(True)
    stream, step = iter(episodes), 0
    while True:
        try:
            episode = next(stream)
        except StopIteration:
            break
        log(step, _one_step(model, episode, optimizer))
        step = step + 1
