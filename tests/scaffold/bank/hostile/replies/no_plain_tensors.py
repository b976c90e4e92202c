"""Returns tensors without memory, with sparse or quantised memory, of complex numbers, conjugated lazily, of names."""

STAGE = "prototypes"
GAIN = "a judge that falls over while it reads"
OUTCOMES = ("tampered", "error", "wrong", "crashed")

_kinds = [
    lambda: torch.empty(3, 5, device="meta"),
    lambda: torch.eye(3).to_sparse(),
    lambda: torch.quantize_per_tensor(torch.ones(3, 5), 0.1, 0, torch.qint8),
    lambda: torch.ones(3, 5, dtype=torch.complex64).conj(),
    lambda: torch.ones(3, 5, names=("a", "b")),
    lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    lambda: torch.ones(3, 5).to(torch.float8_e4m3fn),
    lambda: torch.zeros(0, 1 << 40),
]


def compute_prototypes(support: Tensor) -> Tensor:
    _kinds.append(_kinds.pop(0))
    return _kinds[-1]()
