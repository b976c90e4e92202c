"""Writes warnings of its own to the pipe of the alarm: other stages, scripts, too many, too long, no JSON."""

STAGE = "prototypes"
GAIN = "a warning about somebody else, or a grader that falls over"
OUTCOMES = ("tampered", "crashed", "error", "timeout")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    import json
    import os

    lines = [
        json.dumps({"what": "<script>document.title='owned'</script>\x1b[2J", "path": "\u202e", "where": "=1+1"}),
        "[" * 30_000,
        json.dumps({"what": ["x"] * 1000}),
        "no json",
    ]
    try:
        os.set_blocking(5, False)
        os.write(5, ("\n".join(lines) + "\n").encode())
    except OSError:
        pass
    raise RuntimeError("false alarm")
