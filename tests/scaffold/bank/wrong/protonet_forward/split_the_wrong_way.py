"""Splits as if the queries came first."""
# points at: split


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        images = torch.cat([episode.support.flatten(0, 1), episode.query.flatten(0, 1)])
        query, support = self.encoder(images).split([n_way * n_query, n_way * n_support])
        support = support.reshape(n_way, n_support, -1)
        prototypes = compute_prototypes(support)
        distances = squared_euclidean(query, prototypes)
        classes = torch.arange(n_way).repeat_interleave(n_query)
        loss = F.cross_entropy(-distances, classes)
        predictions = distances.argmin(dim=1).reshape(n_way, n_query)
        accuracy = (predictions.flatten() == classes).float().mean()
        return EpisodeOutput(loss, accuracy, predictions)
