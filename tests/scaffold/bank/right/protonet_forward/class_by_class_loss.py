"""Goes through the classes, with helpers of its own, and averages at the end."""


def _split(tensor, sizes):
    start = 0
    for size in sizes:
        yield tensor[start : start + size]
        start += size


class ProtoNet(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.log_softmax = nn.LogSoftmax(dim=-1)

    def forward(self, episode):
        support, query = episode
        n_way, n_support = support.shape[0], support.shape[1]
        n_query = query.size(1)
        everything = torch.cat((support.reshape(-1, *support.shape[2:]), query.reshape(-1, *query.shape[2:])), 0)
        support_points, query_points = _split(self.encoder(everything), [n_way * n_support, n_way * n_query])
        prototypes = compute_prototypes(support_points.reshape(n_way, n_support, -1))
        losses, hits, predictions = [], 0, []
        for k, queries in enumerate(query_points.reshape(n_way, n_query, -1)):
            scores = self.log_softmax(-squared_euclidean(queries, prototypes))
            losses.append(-scores[:, k])
            best = scores.max(dim=-1).indices
            hits += (best == k).sum().item()
            predictions.append(best)
        loss = torch.cat(losses).mean()
        return EpisodeOutput(loss=loss, accuracy=torch.tensor(hits / (n_way * n_query)), predictions=torch.stack(predictions))
