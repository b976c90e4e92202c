"""Squeezes the projections: a batch of one image loses its dimension."""


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        z1, z2 = model(x1).squeeze(), model(x2).squeeze()
        loss = nt_xent_loss(z1, z2, temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
