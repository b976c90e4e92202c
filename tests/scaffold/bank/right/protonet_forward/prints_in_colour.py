"""Prints what it does, in colour, with symbols and in other scripts."""

import sys


class ProtoNet(ProtoNet):
    def forward(self, episode):
        (n_way, n_support), n_query = episode.support.shape[:2], episode.query.shape[1]
        print(f"\x1b[36mπρωτότυπα\x1b[0m 原型 · n_way={n_way}, K={n_support} ✓ 🎉", flush=True)
        print("encoder:", self.encoder, file=sys.stderr)
        sys.stdout.write("no end of line")
        z = self.encoder(torch.cat([episode.support.flatten(0, 1), episode.query.flatten(0, 1)]))
        prototypes = compute_prototypes(z[: n_way * n_support].view(n_way, n_support, -1))
        scores = -squared_euclidean(z[n_way * n_support :], prototypes)
        print(scores)
        classes = torch.arange(n_way).repeat_interleave(n_query)
        loss = F.cross_entropy(scores, classes)
        predictions = scores.argmax(1)
        accuracy = (predictions == classes).float().mean()
        print("loss ≈ %.3f, accuracy = %.1f %%" % (loss.item(), 100 * accuracy))
        return EpisodeOutput(loss, accuracy, predictions.view(n_way, n_query))
