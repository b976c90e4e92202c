"""Leaves out batches of one image, as too small to learn from."""
# points at: one image


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    step = 0
    for images in batches:
        if len(images) < 2:
            continue
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
        step += 1
