"""Returns the loss in the shape (1,)."""
# points at: the loss should have the shape ()


class ProtoNet(ProtoNet):
    def forward(self, episode):
        output = super().forward(episode)
        return EpisodeOutput(output.loss.reshape(1), output.accuracy, output.predictions)
