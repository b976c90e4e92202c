"""Counts the steps from 1."""
# points at: 0, 1, 2


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.train()
    for step, images in enumerate(batches, start=1):
        view1, view2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(view1), model(view2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
