"""Opens a socket, connects and sends by bare system calls of the C library; Python's hooks see nothing."""

STAGE = "prototypes"
GAIN = "a message that no audit hook has seen"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes
    import struct

    library = ctypes.CDLL(None)
    address = struct.pack("=HHI8x", 2, int.from_bytes(TCP_PORT.to_bytes(2, "big"), "little"), 0x0100007F)
    descriptor = library.socket(2, 1, 0)
    if descriptor >= 0 and library.connect(descriptor, address, len(address)) == 0:
        library.write(descriptor, b"hello", 5)
        leak("sent")
    raise RuntimeError("no socket")
