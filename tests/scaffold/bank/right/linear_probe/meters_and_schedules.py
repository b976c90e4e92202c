"""As the scripts for ImageNet do it: meters, a scheduler of factor 1, a scaler that is switched off, a bar."""

try:
    from tqdm import tqdm
except ImportError:

    def tqdm(batches, **_):
        return batches


class AverageMeter:
    def __init__(self):
        self.sum = self.count = 0.0

    def update(self, value, n):
        self.sum += value * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


def hits_at_1(output, target):
    _, pred = output.topk(1, dim=1)
    return pred.t().eq(target.view(1, -1)).reshape(-1).float().mean().item()


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    criterion = nn.CrossEntropyLoss()
    scaler = torch.amp.GradScaler("cuda", enabled=False)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1000], gamma=0.1)
    rows = []
    for epoch in range(n_epochs):
        row = []
        for training, batches in ((True, train_batches), (False, val_batches)):
            losses, top1 = AverageMeter(), AverageMeter()
            model.train(training)
            for images, target in tqdm(batches, desc=f"epoch {epoch}", leave=False):
                with torch.set_grad_enabled(training):
                    output = model(images)
                    loss = criterion(output, target)
                losses.update(loss.item(), images.size(0))
                top1.update(hits_at_1(output, target), images.size(0))
                if training:
                    optimizer.zero_grad()
                    scaler.scale(loss).backward()
                    scaler.unscale_(optimizer)
                    scaler.step(optimizer)
                    scaler.update()
            row += [losses.avg, top1.avg]
        scheduler.step()
        rows.append(row)
        print({group["lr"] for group in optimizer.param_groups})
        log(epoch, dict(zip(("train_loss", "train_accuracy", "val_loss", "val_accuracy"), row)))
    return History(*[list(column) for column in zip(*rows)])
