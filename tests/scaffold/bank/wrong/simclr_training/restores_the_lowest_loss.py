"""Ends with the weights of the batch whose loss was lowest."""

import copy


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    lowest = float("inf")
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < lowest:
            lowest, best = loss.item(), copy.deepcopy(model.state_dict())
        log(step, {"loss": loss.item()})
    model.load_state_dict(best)
