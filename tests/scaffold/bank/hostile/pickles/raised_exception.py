"""Raises an exception whose unpickling runs a command; multiprocessing would carry it over."""

STAGE = "prototypes"
GAIN = "a command in the judge's process, if it unpickles errors"
OUTCOMES = ("tampered", "error")


class Payload(Exception):
    def __reduce__(self):
        return open, (f"{OUTBOX}/unpickled", "w")


def compute_prototypes(support: Tensor) -> Tensor:
    raise Payload("an error")
