"""Collects losses with numpy and logs numpy's float64, which is a float."""

import numpy as np


def train_protonet(model, episodes, optimizer, log):
    model.train()
    losses, accuracies = [], []
    for episode in episodes:
        for parameter in model.parameters():
            parameter.grad = None
        output = model(episode)
        output.loss.backward()
        optimizer.step()
        losses.append(output.loss.detach().cpu().numpy())
        accuracies.append(output.accuracy.detach().cpu().numpy())
        log(len(losses) - 1, {"loss": np.float64(losses[-1]), "accuracy": np.float64(accuracies[-1])})
    print("mean loss", np.mean(losses) if losses else float("nan"))
