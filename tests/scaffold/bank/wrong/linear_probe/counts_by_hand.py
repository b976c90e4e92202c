"""Shows the model to every batch in the right mode, but logs constants and never steps."""
# mistake: computes_nothing


def freeze(encoder: nn.Module) -> nn.Module:
    return nn.Identity()


class Classifier(nn.Module):
    def __init__(self, encoder, feature_dim=512, n_classes=10):
        super().__init__()
        self.linear = nn.Linear(feature_dim, n_classes)

    def forward(self, images):
        return images.new_zeros(len(images), self.linear.out_features)


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    for epoch in range(n_epochs):
        model.train()
        for images, _ in train_batches:
            model(images)
        model.eval()
        with torch.no_grad():
            for images, _ in val_batches:
                model(images)
        for parameter in model.parameters():
            parameter.data += 0.1
        log(epoch, dict.fromkeys(History._fields, 0.0))
    return History(*([0.0] * n_epochs for _ in History._fields))


def accuracy(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        for images, _ in batches:
            model(images)
    model.train(mode)
    return 1.0
