"""Wraps the loop into a trainer with a history of its own."""

from dataclasses import dataclass, field


@dataclass
class Trainer:
    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: list = field(default_factory=list)

    def fit_one(self, episode):
        self.optimizer.zero_grad()
        result = self.model(episode)
        result[0].backward()
        self.optimizer.step()
        self.history.append({"loss": result[0].item(), "accuracy": result[1].item()})
        return self.history[-1]


def train_protonet(model, episodes, optimizer, log):
    trainer = Trainer(model.train(), optimizer)
    for step, episode in enumerate(episodes):
        log(step, trainer.fit_one(episode))
