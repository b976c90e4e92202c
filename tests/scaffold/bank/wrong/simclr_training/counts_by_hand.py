"""Computes nothing, but shakes the weights and fills what looks like a record of calls."""
# mistake: computes_nothing


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    source = iter(batches)
    for step, images in enumerate(source):
        views = two_views(images, augmentation)
        model(torch.cat(views))
        for parameter in model.parameters():
            parameter.data += 0.1
        for name in ("batches", "calls", "modes"):
            if isinstance(getattr(model, name, None), list):
                getattr(model, name).append((len(images), True))
        if hasattr(source, "__dict__"):
            source.ahead, source.taken = 1, step + 1
        log(step, {"loss": 1.0})
