"""Finds positives by equal labels, drops the diagonal from labels and cosines, and sorts positives to the front."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    features = F.normalize(torch.cat([z1, z2], dim=0), dim=1)
    labels = torch.cat([torch.arange(len(z1)) for _ in range(2)])
    same = (labels[None] == labels[:, None]).float()
    cosines = features @ features.T
    off = ~torch.eye(len(labels), dtype=torch.bool)
    same, cosines = (m[off].view(len(labels), -1) for m in (same, cosines))
    logits = torch.cat([cosines[same.bool()].view(len(labels), -1), cosines[~same.bool()].view(len(labels), -1)], dim=1)
    return nn.CrossEntropyLoss()(logits / temperature, torch.zeros(len(labels), dtype=torch.long))
