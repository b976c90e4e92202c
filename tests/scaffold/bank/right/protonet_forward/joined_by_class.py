"""Joins support and query of each class, embeds all of them, and cuts them apart again."""


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        images = torch.cat([episode.support, episode.query], dim=1)
        embeddings = self.encoder(images.reshape(-1, *images.shape[2:])).reshape(n_way, n_support + n_query, -1)
        support, query = embeddings[:, :n_support], embeddings[:, n_support:].flatten(0, 1)
        prototypes = compute_prototypes(support)
        distances = squared_euclidean(query, prototypes)
        classes = torch.arange(n_way).repeat_interleave(n_query)
        loss = F.cross_entropy(-distances, classes)
        predictions = distances.argmin(dim=1).reshape(n_way, n_query)
        accuracy = (predictions.flatten() == classes).float().mean()
        return EpisodeOutput(loss, accuracy, predictions)
