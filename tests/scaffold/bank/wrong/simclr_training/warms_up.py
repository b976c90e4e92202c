"""Starts with a tenth of the learning rate."""
# mistake: own_cosine_schedule


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=10)
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(x1), model(x2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warmup.step()
        log(step, {"loss": loss.item()})
