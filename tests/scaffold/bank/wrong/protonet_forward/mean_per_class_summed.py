"""Averages over the queries of a class and sums the classes."""
# points at: the mean over all queries


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        images = torch.cat([episode.support.flatten(0, 1), episode.query.flatten(0, 1)])
        embeddings = self.encoder(images)
        support = embeddings[: n_way * n_support].reshape(n_way, n_support, -1)
        query = embeddings[n_way * n_support :]
        prototypes = compute_prototypes(support)
        distances = squared_euclidean(query, prototypes)
        classes = torch.arange(n_way).repeat_interleave(n_query)
        loss = F.cross_entropy(-distances, classes, reduction="sum") / n_query
        predictions = distances.argmin(dim=1).reshape(n_way, n_query)
        accuracy = (predictions.flatten() == classes).float().mean()
        return EpisodeOutput(loss, accuracy, predictions)
