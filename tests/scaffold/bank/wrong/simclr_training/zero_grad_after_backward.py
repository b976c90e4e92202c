"""Clears the gradients after backward: nothing is learned."""
# points at: backward, then step


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
        loss = nt_xent_loss(model(view1), model(view2), temperature)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        log(step, {"loss": loss.item()})
