"""Switches to training mode after the first step."""
# points at: model.train()
# mistake: no_train_mode


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.train()
        log(step, {"loss": loss.item()})
