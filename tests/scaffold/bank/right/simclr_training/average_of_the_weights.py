"""Keeps a moving average of the weights beside the model, and numpy's mean of a list of one loss."""

import copy

import numpy as np


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    average = copy.deepcopy(model).requires_grad_(False)
    model.train()
    for step, images in enumerate(batches):
        losses = []
        zs = [model(view) for view in two_views(images, augmentation)]
        loss = nt_xent_loss(*zs, temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for kept, now in zip(average.parameters(), model.parameters()):
                kept.lerp_(now, 0.01)
        losses.append(loss.item())
        log(step, {"loss": np.mean(losses)})
