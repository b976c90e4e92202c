"""Turns gradients on, whatever the caller did, scales by nothing, and leaves the model in the mode in which it came."""


def train_protonet(model, episodes, optimizer, log):
    was_training = model.training
    try:
        with torch.enable_grad():
            for step, episode in enumerate(episodes):
                model.train()
                with torch.autocast("cpu", enabled=False):
                    output = model(episode)
                model.zero_grad()
                optimizer.zero_grad()
                output.loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
                optimizer.step()
                log(step, dict(loss=float(output.loss.detach()), accuracy=float(output.accuracy), norm=0.0))
    finally:
        model.train(was_training)
