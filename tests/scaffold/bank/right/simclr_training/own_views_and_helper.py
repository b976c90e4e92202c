"""Calls the augmentation itself, without gradients, and does the step in a helper."""


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    def one_step(images):
        with torch.no_grad():
            both = [augmentation(images), augmentation(images)]
        loss = nt_xent_loss(model(both[0]), model(both[1]), temperature)
        for parameter in model.parameters():
            parameter.grad = None
        loss.backward()
        optimizer.step()
        return loss.item()

    model.train()
    for number, batch in enumerate(batches):
        log(number, {"loss": one_step(batch)})
