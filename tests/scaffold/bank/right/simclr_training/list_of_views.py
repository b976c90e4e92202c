"""A list of crops, a projection of each, a device found from the model."""


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    device = next(model.parameters()).device
    model.train()
    iterator = iter(batches)
    step = 0
    while True:
        try:
            images = next(iterator)
        except StopIteration:
            return
        images = images.to(device, non_blocking=True)
        with torch.no_grad():
            crops = [augmentation(images) for _ in range(2)]
        projections = [model(crop) for crop in crops]
        loss = nt_xent_loss(projections[0], projections[1], temperature=temperature)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.detach().cpu().item()})
        step += 1
