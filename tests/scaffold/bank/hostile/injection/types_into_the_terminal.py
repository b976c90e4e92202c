"""Types a command into the terminal of whoever runs the grader, and looks for that terminal everywhere."""

STAGE = "prototypes"
GAIN = "a command that the instructor's shell runs when the grader is done"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import fcntl
    import os
    import termios

    for path in ("/dev/tty", "/dev/console", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"):
        try:
            terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
            fcntl.ioctl(terminal, termios.TIOCSTI, b"#")
        except OSError:
            continue
        leak(path)
    raise RuntimeError("no terminal")
