"""Embeds the images class by class."""
# mistake: two_passes
# points at: together


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        support = torch.stack([self.encoder(images) for images in episode.support])
        query = torch.cat([self.encoder(images) for images in episode.query])
        prototypes = compute_prototypes(support)
        distances = squared_euclidean(query, prototypes)
        classes = torch.arange(n_way).repeat_interleave(n_query)
        loss = F.cross_entropy(-distances, classes)
        predictions = distances.argmin(dim=1).reshape(n_way, n_query)
        accuracy = (predictions.flatten() == classes).float().mean()
        return EpisodeOutput(loss, accuracy, predictions)
