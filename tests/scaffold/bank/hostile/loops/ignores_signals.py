"""Ignores and blocks every signal that can be, then sleeps."""

STAGE = "prototypes"
GAIN = "a grader that asks politely is not heard"
OUTCOMES = ("timeout", "tampered")
SECONDS = 3.0


def compute_prototypes(support: Tensor) -> Tensor:
    import signal
    import time

    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    time.sleep(600)
