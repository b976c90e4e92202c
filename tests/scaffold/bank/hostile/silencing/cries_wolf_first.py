"""Does forty harmless things that the alarm notes, on forty lines, so that it has no room left for the real one."""

STAGE = "prototypes"
GAIN = "the one notice that counts is cut off"

for number in range(40):
    exec(compile("\n" * number + "try: open('/nowhere/at/all')\nexcept OSError: pass", __file__, "exec"))


def compute_prototypes(support: Tensor) -> Tensor:
    import socket

    try:
        socket.create_connection(("127.0.0.1", TCP_PORT), timeout=1).send(b"hello")
        leak("sent")
    except OSError:
        pass
    raise RuntimeError("nothing was seen")
