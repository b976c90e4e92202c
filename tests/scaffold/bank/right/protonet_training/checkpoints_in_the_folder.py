"""Saves a checkpoint into the current folder after every episode, and a text file with the losses."""

import os


def train_protonet(model, episodes, optimizer, log):
    os.makedirs("checkpoints", exist_ok=True)
    model.train()
    for step, episode in enumerate(episodes):
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        torch.save({"model": model.state_dict(), "step": step}, "checkpoints/last.pt")
        with open("losses.txt", "a") as file:
            file.write(f"{output.loss.item()}\n")
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
    if os.path.exists("checkpoints/last.pt"):
        os.remove("checkpoints/last.pt")
