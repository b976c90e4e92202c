"""Writes up to 20 000 files and as many folders."""

STAGE = "prototypes"
GAIN = "a file system without free entries"
OUTCOMES = ("tampered", "error", "crashed", "timeout")
SECONDS = 10.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import tempfile

    here = tempfile.mkdtemp()
    for number in range(20_000):
        with open(f"{here}/{number}", "wb") as file:
            file.write(b"1" * 20_000)
        os.mkdir(f"{here}/d{number}")
    raise RuntimeError("20 000 files are still legal: they vanish with the scratch folder")
