"""Fetches the next batch while it trains on this one, with torch.enable_grad and a while loop."""


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.train()
    source = iter(batches)
    images, step = next(source, None), 0
    while images is not None:
        following = next(source, None)
        with torch.enable_grad():
            a, b = two_views(images.clone(), augmentation)
            loss = nt_xent_loss(model(b), model(a), temperature)
            optimizer.zero_grad()
            loss.backward()
        optimizer.step()
        log(step, {"loss": loss.item()})
        images, step = following, step + 1
