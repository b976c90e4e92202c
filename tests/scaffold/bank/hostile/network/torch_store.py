"""Uses torch's own networking: a TCP store for distributed training, written in C++."""

STAGE = "prototypes"
GAIN = "the network, without importing anything suspicious"
OUTCOMES = ("tampered", "error", "timeout", "crashed")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    from datetime import timedelta

    import torch.distributed

    torch.distributed.TCPStore("127.0.0.1", TCP_PORT, is_master=False, timeout=timedelta(seconds=1))
    leak("connected")
