"""Trains in evaluation mode."""
# points at: model.train()
# mistake: no_train_mode


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.eval()
    for step, images in enumerate(batches):
        view1, view2 = two_views(images, augmentation)
        loss = nt_xent_loss(model(view1), model(view2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
