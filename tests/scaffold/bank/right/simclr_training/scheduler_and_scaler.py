"""A training script's whole apparatus, switched off: a scheduler of factor 1, a gradient scaler, autocast, a bar."""

try:
    from tqdm.auto import tqdm
except ImportError:
    tqdm = iter


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    scaler = torch.amp.GradScaler("cuda", enabled=False)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    model.train()
    for step, images in enumerate(tqdm(batches)):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", enabled=False):
            views = torch.cat(two_views(images, augmentation))
            z1, z2 = model(views).split(len(images))
            loss = nt_xent_loss(z1, z2, temperature)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        lr = optimizer.param_groups[0]["lr"]
        log(step, {"loss": loss.item(), "lr": lr})
