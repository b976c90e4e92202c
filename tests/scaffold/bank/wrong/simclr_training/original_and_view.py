"""Compares the images with one view of them."""
# points at: two views
# mistake: one_view_for_both


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
        view1, view2 = images, augmentation(images)
        loss = nt_xent_loss(model(view1), model(view2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
