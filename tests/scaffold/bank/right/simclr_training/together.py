"""Both views in one forward pass, split afterwards."""


def train_simclr(
    model: nn.Module,
    batches: Iterable[Tensor],
    augmentation: nn.Module,
    optimizer: torch.optim.Optimizer,
    temperature: float,
    log: Log,
) -> None:
    model.train(True)
    step = 0
    for images in batches:
        optimizer.zero_grad(set_to_none=True)
        first, second = two_views(images, augmentation)
        z = model(torch.cat((first, second), dim=0))
        half = z.shape[0] // 2
        loss = nt_xent_loss(z[:half], z[half:], temperature=temperature)
        loss.backward()
        optimizer.step()
        log(step, {"loss": float(loss)})
        step += 1
