"""Logs arrays in place of numbers."""
# points at: Python float
# mistake: logs_a_tensor


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.detach().numpy()})
