"""Writes a trace of its own to every open descriptor, with a script for a file name, and crashes."""

STAGE = "prototypes"
GAIN = "a script in the sentence that says where the code was"
OUTCOMES = ("tampered", "crashed", "timeout")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    from pathlib import Path

    here = Path(__file__).parent
    text = f"File \"{here}/<script>document.title='owned'<\\script>\x1b[2J.py\", line 1 in f\n" * 20
    os.set_blocking(6, False)
    for descriptor in (6, 7, 8):
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
        except OSError:
            pass
        try:
            os.write(descriptor, text.encode())
        except OSError:
            pass
    os._exit(3)
