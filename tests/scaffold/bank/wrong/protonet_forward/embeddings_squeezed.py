"""Squeezes the embeddings, in case the encoder leaves dimensions of one, and loses the only feature of short ones."""


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        images = torch.cat([episode.support.flatten(0, 1), episode.query.flatten(0, 1)])
        embeddings = self.encoder(images).squeeze()
        support, query = embeddings[: n_way * n_support], embeddings[n_way * n_support :]
        prototypes = torch.stack([support[i * n_support : (i + 1) * n_support].mean(0) for i in range(n_way)])
        d = ((query.unsqueeze(1) - prototypes.unsqueeze(0)) ** 2).sum(dim=2)
        target = torch.arange(n_way).repeat_interleave(n_query)
        best = d.argmin(dim=1)
        return EpisodeOutput(F.cross_entropy(-d, target), (best == target).float().mean(), best.view(n_way, n_query))
