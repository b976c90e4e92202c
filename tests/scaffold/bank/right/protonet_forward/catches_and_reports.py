"""Prints the traceback of an exception that it expects and handles, and what its variables are."""

import contextlib
import io
import traceback


class ProtoNet(ProtoNet):
    def forward(self, episode):
        n_way, n_query = episode.query.shape[:2]
        try:
            episode.labels
        except AttributeError:
            traceback.print_exc()
            labels = torch.arange(n_way)[:, None].expand(n_way, n_query)
        with contextlib.redirect_stdout(io.StringIO()) as text:
            print(locals().keys(), globals().keys(), dir(self))
        assert "labels" in text.getvalue()
        n_support = episode.support.shape[1]
        together = torch.cat([episode.support, episode.query], dim=1)  # (n_way, n_support + n_query, C, H, W)
        z = self.encoder(together.flatten(0, 1)).unflatten(0, (n_way, n_support + n_query))
        prototypes = compute_prototypes(z[:, :n_support])
        d = squared_euclidean(z[:, n_support:].flatten(0, 1), prototypes)
        log_p = (-d).log_softmax(-1).view(n_way, n_query, n_way)
        loss = -log_p.gather(2, labels[..., None]).mean()
        predictions = log_p.argmax(2)
        return EpisodeOutput(loss, predictions.eq(labels).float().mean(), predictions)
