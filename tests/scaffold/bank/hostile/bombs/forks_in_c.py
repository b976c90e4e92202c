"""Forks by the bare system calls `fork`, `vfork` and `clone3`, past Python and its audit hooks; 50 times at most."""

STAGE = "prototypes"
GAIN = "processes that no audit hook has seen"
OUTCOMES = ("tampered", "crashed", "error")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes
    import time

    library = ctypes.CDLL(None, use_errno=True)
    for number in [57, 58, 56] * 16:  # fork, vfork, clone on x86-64
        child = library.syscall(number, 17, 0, 0, 0, 0) if number == 56 else library.syscall(57)
        if child == 0:
            time.sleep(20)
            library._exit(0)
        if child > 0:
            print("LOOT a child", flush=True)
    raise RuntimeError("the bare system calls are closed, too")
