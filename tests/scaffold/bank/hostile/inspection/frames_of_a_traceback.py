"""Raises an error to get a traceback, and climbs from its frame; and looks at the frames of all threads."""

STAGE = "prototypes"
GAIN = "the expected values, without the function that everybody forbids"
OUTCOMES = ("tampered", "error")


def compute_prototypes(support: Tensor) -> Tensor:
    import sys

    frames = list(sys._current_frames().values())
    try:
        raise ValueError
    except ValueError as error:
        frames.append(error.__traceback__.tb_frame)
    for frame in frames:
        while frame is not None:
            if {*frame.f_locals} & {"oracles", "expect", "rng", "hint", "student"}:
                leak(frame.f_code.co_filename)
            frame = frame.f_back
    raise RuntimeError("no test in any thread")
