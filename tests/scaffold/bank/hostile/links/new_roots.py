"""Asks for a world of its own in which it is root: namespaces, mounts, another root folder."""

STAGE = "prototypes"
GAIN = "rights that a sandbox has taken away"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes

    library = ctypes.CDLL(None)
    calls = {
        "unshare": lambda: library.unshare(0x10000000),
        "mount": lambda: library.mount(b"none", b".", b"tmpfs", 0, None),
        "chroot": lambda: library.chroot(b"."),
        "setns": lambda: library.setns(0, 0),
        "setuid": lambda: library.syscall(105, 0),
        "userfaultfd": lambda: min(0, library.syscall(323, 0)),
        "bpf": lambda: min(0, library.syscall(321, 0, ctypes.create_string_buffer(128), 128)),
        "perf_event_open": lambda: min(0, library.syscall(298, ctypes.create_string_buffer(128), 0, -1, -1, 0)),
    }
    done = [name for name, call in calls.items() if call() == 0]
    if done:
        leak(done)
    raise RuntimeError("no new world")
