"""Embeds under no_grad."""
# mistake: loss_without_gradient
# points at: no_grad


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        with torch.no_grad():
            images = torch.cat([episode.support.flatten(0, 1), episode.query.flatten(0, 1)])
            embeddings = self.encoder(images)
        support = embeddings[: n_way * n_support].reshape(n_way, n_support, -1)
        query = embeddings[n_way * n_support :]
        prototypes = compute_prototypes(support)
        distances = squared_euclidean(query, prototypes)
        classes = torch.arange(n_way).repeat_interleave(n_query)
        loss = F.cross_entropy(-distances, classes)
        predictions = distances.argmin(dim=1).reshape(n_way, n_query)
        accuracy = (predictions.flatten() == classes).float().mean()
        return EpisodeOutput(loss, accuracy, predictions)
