"""Reads the memory of another process: by /proc, by ptrace and by `process_vm_readv`."""

STAGE = "prototypes"
GAIN = "what the neighbour's worker, or the judge, holds in memory"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes
    import os

    for process in (SIBLING, os.getppid()):
        try:
            with open(f"/proc/{process}/mem", "rb"):
                leak("memory is open")
        except OSError:
            pass
        library = ctypes.CDLL(None)
        if library.ptrace(16, process, None, None) == 0:  # PTRACE_ATTACH
            leak("attached")
        buffer = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
        if library.process_vm_readv(process, buffer, 1, buffer, 1, 0) > 0:
            leak("memory was read")
    raise RuntimeError("every memory is closed")
