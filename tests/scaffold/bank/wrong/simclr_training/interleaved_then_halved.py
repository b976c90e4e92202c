"""Puts the views of an image side by side, then cuts the batch in the middle."""


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        x = torch.stack(two_views(images, augmentation), dim=1).flatten(0, 1)
        z1, z2 = model(x).chunk(2)
        loss = nt_xent_loss(z1, z2, temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
