"""Squeezes the predictions, so that their second dimension is gone where there is one query of each class."""
# points at: the predictions for


class ProtoNet(ProtoNet):
    def forward(self, episode):
        n_way, n_support = episode.support.shape[:2]
        n_query = episode.query.shape[1]
        z = self.encoder(torch.cat((episode.support.flatten(0, 1), episode.query.flatten(0, 1))))
        prototypes = compute_prototypes(z[: n_way * n_support].view(n_way, n_support, -1))
        logits = -squared_euclidean(z[n_way * n_support :], prototypes)
        labels = torch.arange(n_way).repeat_interleave(n_query)
        predictions = logits.argmax(dim=1)
        accuracy = (predictions == labels).float().mean()
        return EpisodeOutput(F.cross_entropy(logits, labels), accuracy, predictions.view(n_way, n_query).squeeze())
