"""Squeezes the labels before it compares them, as much code does: with one query of each class they broadcast."""
# points at: broadcasting


class ProtoNet(ProtoNet):
    def forward(self, episode):
        xs, xq = episode.support, episode.query
        n_class, n_support, n_query = xs.size(0), xs.size(1), xq.size(1)
        target_inds = torch.arange(0, n_class).view(n_class, 1, 1).expand(n_class, n_query, 1).long()
        x = torch.cat([xs.reshape(n_class * n_support, *xs.size()[2:]), xq.reshape(n_class * n_query, *xq.size()[2:])], 0)
        z = self.encoder(x)
        z_proto = z[: n_class * n_support].view(n_class, n_support, z.size(-1)).mean(1)
        dists = squared_euclidean(z[n_class * n_support :], z_proto)
        log_p_y = F.log_softmax(-dists, dim=1).view(n_class, n_query, -1)
        loss_val = -log_p_y.gather(2, target_inds).squeeze().view(-1).mean()
        y_hat = log_p_y.max(2).indices
        acc_val = torch.eq(y_hat, target_inds.squeeze()).float().mean()
        return EpisodeOutput(loss_val, acc_val, y_hat)
