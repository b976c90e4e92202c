"""Hands the optimizer a closure and counts by hand."""


def train_protonet(model, episodes, optimizer, log):
    step = 0
    for episode in iter(episodes):
        model.train()
        numbers = {}

        def closure():
            optimizer.zero_grad(set_to_none=False)
            output = model(episode)
            output.loss.backward()
            numbers["loss"], numbers["accuracy"] = output.loss.detach().tolist(), output.accuracy.tolist()
            return output.loss

        optimizer.step(closure)
        log(step, numbers)
        step += 1
