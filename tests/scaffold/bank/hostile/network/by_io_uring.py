"""Asks for an io_uring, through which the kernel opens files and sockets without any further system call."""

STAGE = "prototypes"
GAIN = "files and sockets past a filter of system calls"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes

    parameters = ctypes.create_string_buffer(120)
    if ctypes.CDLL(None).syscall(425, 4, parameters) >= 0:  # io_uring_setup
        leak("a ring")
    raise RuntimeError("no ring")
