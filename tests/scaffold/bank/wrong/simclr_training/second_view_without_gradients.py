"""The second view is a target without gradients."""


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.train()
    for step, images in enumerate(batches):
        view1, view2 = two_views(images, augmentation)
        with torch.no_grad():
            target = model(view2)
        loss = nt_xent_loss(model(view1), target, temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
