"""Augments each batch twice and uses the pairs of the batch before."""


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
        pair = two_views(images, augmentation)
        view1, view2 = pair if step == 0 else old
        old = pair
        loss = nt_xent_loss(model(view1), model(view2), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
