"""Computes the loss in float64, by torch's default dtype, and puts the default back."""


class ProtoNet(ProtoNet):
    def forward(self, episode):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
            embeddings = self.encoder(torch.cat([episode.support.flatten(0, 1), episode.query.flatten(0, 1)]))
            wide = embeddings.to(torch.get_default_dtype())
            prototypes = compute_prototypes(wide[: n_way * n_support].unflatten(0, (n_way, n_support)))
            log_p = F.log_softmax(-squared_euclidean(wide[n_way * n_support :], prototypes), dim=1)
            mask = torch.zeros(n_way * n_query, n_way)
            for row in range(n_way * n_query):
                mask[row, row // n_query] = 1.0
            loss = -(log_p * mask).sum() / (n_way * n_query)
            predictions = log_p.argmax(1).reshape(n_way, n_query)
            accuracy = (predictions == torch.arange(n_way)[:, None]).to(embeddings.dtype).mean()
        finally:
            torch.set_default_dtype(before)
        return EpisodeOutput(loss.to(embeddings.dtype), accuracy, predictions)
