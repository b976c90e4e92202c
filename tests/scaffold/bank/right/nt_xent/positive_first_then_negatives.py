"""A row for each anchor: its positive in column 0, then its negatives; the label is 0 everywhere."""


class NTXent(nn.Module):
    def __init__(self, temperature):
        super().__init__()
        self.temperature = temperature
        self.similarity = nn.CosineSimilarity(dim=2)
        self.criterion = nn.CrossEntropyLoss(reduction="sum")

    def negatives_of(self, batch_size):
        keep = torch.ones(2 * batch_size, 2 * batch_size, dtype=torch.bool).fill_diagonal_(False)
        for i in range(batch_size):
            keep[i, batch_size + i] = keep[batch_size + i, i] = False
        return keep

    def forward(self, z_i, z_j):
        batch_size = z_i.shape[0]
        z = torch.cat((z_i, z_j), dim=0)
        scores = self.similarity(z.unsqueeze(1), z.unsqueeze(0)) / self.temperature
        positives = torch.cat((torch.diag(scores, batch_size), torch.diag(scores, -batch_size))).view(-1, 1)
        negatives = scores[self.negatives_of(batch_size)].reshape(2 * batch_size, -1)
        labels = torch.zeros(2 * batch_size).long()
        return self.criterion(torch.cat((positives, negatives), dim=1), labels) / (2 * batch_size)


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    return NTXent(temperature)(z1, z2)
