"""Writes up to 200 MB into its scratch folder, which it may write to."""

STAGE = "prototypes"
GAIN = "a full disk: no result of anybody's can be saved"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import tempfile

    with tempfile.TemporaryFile() as file:
        for _ in range(200):
            file.write(b"\1" * (1 << 20))
            file.flush()
    print("LOOT 200 MB", flush=True)
    raise RuntimeError("200 MB")
