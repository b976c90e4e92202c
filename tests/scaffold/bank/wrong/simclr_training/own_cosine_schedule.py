"""Lowers the learning rate along a cosine of its own."""
# points at: learning rate

import math


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    rates = [group["lr"] for group in optimizer.param_groups]
    for step, images in enumerate(batches):
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = 0.5 * rate * (1 + math.cos(math.pi * step / 10))
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
