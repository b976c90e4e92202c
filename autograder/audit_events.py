"""What Python's audit events say about what code did: one table for the student's check and for the grader's worker.

The words are those of the flags; `advice.CURES` says what to do instead.
"""

from __future__ import annotations

# Event -> what the code did.
EVENTS = {
    **dict.fromkeys(
        ("socket.__new__", "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"), "opened a socket"
    ),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), "looked up a host"),
    **dict.fromkeys(
        ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn"),
        "started a program",
    ),
    **dict.fromkeys(("os.fork", "os.forkpty"), "started a process"),
    **dict.fromkeys(("os.kill", "os.killpg", "signal.pthread_kill"), "sent a signal"),
    **dict.fromkeys(("gc.get_objects", "gc.get_referrers", "gc.get_referents"), "searched the memory of the process"),
    "sys.addaudithook": "installed an audit hook",
}
# An event counts if a line of the submission caused it, directly or through Python's library; these through any other.
ANYWAY = ("opened a socket", "looked up a host", "started a process", "sent a signal")
CTYPES = ("ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function", "ctypes.string_at", "ctypes.cdata")
FRAMES = ("sys._getframe", "sys._current_frames")
READS = ("os.listdir", "os.scandir")
# Event -> how many of its first arguments are paths that change.
WRITES = {
    **{"os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1},
    **{"os.rename": 2, "os.link": 2, "os.symlink": 2, "os.setxattr": 1, "sqlite3.connect": 1},
}
