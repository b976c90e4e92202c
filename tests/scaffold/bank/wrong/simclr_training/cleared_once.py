"""Clears the gradients once, before the loop."""
# points at: zero_grad
# mistake: no_zero_grad


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    optimizer.zero_grad()
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
