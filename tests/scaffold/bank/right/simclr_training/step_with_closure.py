"""Hands the optimizer a closure that computes the loss and its gradients."""


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    for step, images in enumerate(batches):
        x1, x2 = two_views(images, augmentation)

        def closure():
            optimizer.zero_grad()
            loss = nt_xent_loss(model(x1), model(x2), temperature)
            loss.backward()
            return loss

        log(step, {"loss": optimizer.step(closure).item()})
