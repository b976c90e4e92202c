"""Clears the gradients after each step, and so begins with whatever was there before."""
# points at: left from before


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        log(step, {"loss": loss.item()})
