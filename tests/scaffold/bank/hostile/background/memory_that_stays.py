"""Leaves memory, a queue and a key behind that belong to no process and stay when all of them are gone."""

STAGE = "prototypes"
GAIN = "a message to the next worker, and the machine's memory until it is switched off"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes

    library = ctypes.CDLL(None)
    made = {
        "shared memory": library.shmget(0, 4096, 0o1600),
        "a queue": library.msgget(0, 0o1600),
        "a semaphore": library.semget(0, 1, 0o1600),
        "a key": library.syscall(248, b"user", MARK.encode(), b"1", 1, -3),
        "a named queue": library.syscall(240, MARK.encode(), 0o102, 0o600, None),
    }
    library.shmctl(made["shared memory"], 0, None)  # this attacker tidies up behind itself
    library.msgctl(made["a queue"], 0, None)
    library.semctl(made["a semaphore"], 0, 0)
    if any(number >= 0 for number in made.values()):
        leak([name for name, number in made.items() if number >= 0])
    raise RuntimeError("nothing stays")
