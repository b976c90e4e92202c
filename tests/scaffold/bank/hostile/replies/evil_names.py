"""Returns a named tuple and a dict whose class, fields and keys are code, paths, JSON and private names."""

STAGE = "protonet_forward"
GAIN = "a field that overwrites a method of the judge's, or a key that becomes code"
OUTCOMES = ("tampered", "error", "wrong", "crashed", "blocked")


class ProtoNet(nn.Module):
    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, episode):
        evil = ("__class__", "__reduce__", '"}, {"ok": true', "../../../etc/passwd", "__import__('os')._exit(0)")
        kind = type("Evil\n__import__('os')", (tuple,), {"_fields": evil})
        return kind([{name: 1 for name in evil}] * len(evil))
