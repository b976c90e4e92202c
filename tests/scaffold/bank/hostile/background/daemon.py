"""Forks twice, leaves its session, and waits until the grader has gone to write and to talk."""

STAGE = "prototypes"
GAIN = "a process on the instructor's machine, as long as it is on"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import socket
    import time

    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open("/proc/self/comm", "w") as name:
                name.write(MARK)
            time.sleep(1)
            with open(f"{OUTBOX}/daemon", "w") as file:
                file.write("here")
            socket.create_connection(("127.0.0.1", TCP_PORT))
            time.sleep(30)
        os._exit(0)
    leak("a daemon")
