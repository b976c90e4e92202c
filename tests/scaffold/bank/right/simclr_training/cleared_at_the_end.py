"""Clears the gradients after each step instead of before."""


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.train()
    optimizer.zero_grad()
    for step, images in enumerate(batches):
        z1, z2 = (model(view) for view in two_views(images, augmentation))
        loss = nt_xent_loss(z1, z2, temperature)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        log(step, dict(loss=loss.detach().item()))
