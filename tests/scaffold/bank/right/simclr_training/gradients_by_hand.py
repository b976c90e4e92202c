"""Takes the gradients with autograd.grad and puts them where the optimizer looks."""


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    parameters = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    for step, images in enumerate(batches):
        z1, z2 = map(model, two_views(images, augmentation))
        loss = nt_xent_loss(z1, z2, temperature)
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
            parameter.grad = gradient
        optimizer.step()
        log(step, {"loss": float(loss.detach())})
