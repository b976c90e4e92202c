"""Logs the mean of all losses so far."""
# points at: running mean


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.train()
    total = 0.0
    for step, images in enumerate(batches):
        view1, view2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(view1), model(view2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        log(step, {"loss": total / (step + 1)})
