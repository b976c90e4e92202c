"""A trainer object that keeps running sums as tensors, and the best weights only for itself."""

from collections import defaultdict


class Trainer:
    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.best, self.best_weights = -1.0, None

    def epoch(self, batches, fit):
        totals = defaultdict(lambda: torch.zeros((), dtype=torch.float64))
        self.model.train(mode=fit)
        context = torch.enable_grad() if fit else torch.inference_mode()
        with context:
            for x, y in batches:
                if fit:
                    self.optimizer.zero_grad(set_to_none=False)
                scores = self.model(x)
                losses = F.cross_entropy(scores, y, reduction="none")
                if fit:
                    losses.mean().backward()
                    self.optimizer.step()
                totals["loss"] += losses.detach().double().sum()
                totals["right"] += (scores.argmax(-1) == y).sum()
                totals["n"] += y.numel()
        return [(totals[name] / totals["n"]).item() for name in ("loss", "right")]

    def keep(self, score):
        if score > self.best:
            self.best = score
            self.best_weights = {k: v.detach().clone() for k, v in self.model.state_dict().items()}


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    trainer, table = Trainer(model, optimizer), []
    for epoch in range(n_epochs):
        table.append(trainer.epoch(train_batches, True) + trainer.epoch(val_batches, False))
        trainer.keep(table[-1][3])
        log(epoch, dict(zip(History._fields, table[-1])))
    return History._make(map(list, zip(*table)))
