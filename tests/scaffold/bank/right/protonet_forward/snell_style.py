"""Written after the authors' code: zero-dimensional views, gather, a maximum; the encoder starts from zeros of its own."""


class ProtoNet(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        for parameter in self.encoder.parameters():
            nn.init.zeros_(parameter)

    def forward(self, episode):
        xs, xq = episode
        n_class, n_support, n_query = xs.size(0), xs.size(1), xq.size(1)
        target_inds = torch.arange(n_class, device=xs.device).view(n_class, 1, 1).expand(n_class, n_query, 1)
        x = torch.cat([xs.reshape(-1, *xs.size()[2:]), xq.reshape(-1, *xq.size()[2:])], 0)
        z = self.encoder(x)
        z_proto = compute_prototypes(z[: n_class * n_support].view(n_class, n_support, -1))
        log_p_y = F.log_softmax(-squared_euclidean(z[n_class * n_support :], z_proto), dim=1).view(n_class, n_query, -1)
        loss = -log_p_y.gather(2, target_inds).squeeze(2).reshape(-1).mean()
        y_hat = log_p_y.max(2)[1]
        accuracy = torch.eq(y_hat, target_inds.squeeze(2)).float().mean()
        return EpisodeOutput(loss=loss, accuracy=accuracy, predictions=y_hat)
