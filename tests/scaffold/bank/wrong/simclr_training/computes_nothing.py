"""Goes through the batches, augments them, and logs a constant: no loss, no step."""


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        two_views(images, augmentation)
        log(step, {"loss": 1.0})
