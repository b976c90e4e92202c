"""The filter of system calls: a list of what a worker may ask of the kernel; everything else is refused.

A list of what is allowed, not of what is forbidden: a call that nobody thought of, or that a later kernel brings, is
refused too. The worker keeps files, memory, threads, clocks and waiting. It has no sockets, processes, programs,
signals to others, debugging, mounts, namespaces, message queues, shared memory, keys, locks that others see, or
information about the machine.

A call is refused in one of two ways. Calls that have no honest use are `TOLD`: the kernel stops the caller, tells the
grader (`reports.py`), and goes on when the grader has answered "not permitted". Calls that libraries try and can do
without get the error number after which they do without, and nobody is told: `_PRETENDED`, `_UNSUPPORTED`, `_ABSENT`,
and the rest.

The filter is a small program in classic BPF, assembled here. PyPI's `pyseccomp` would assemble it through the system's
libseccomp, but had its last release in January 2021 and cannot run where that library is missing.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import struct
from collections.abc import Iterable

from autograder.sandbox import kernel

# Name, x86_64, aarch64; `-` where an architecture lacks the call.
_ALLOWED = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70,
open 2 -, openat 257 56, creat 85 -, close 3 57, close_range 436 436, lseek 8 62, ftruncate 77 46,
dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, umask 95 166,
stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44, access 21 -,
faccessat 269 48, faccessat2 439 439, readlink 89 -, readlinkat 267 78, getcwd 79 17, chdir 80 49, fchdir 81 50,
getdents 78 -, getdents64 217 61, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -,
renameat 264 38, renameat2 316 276,
mmap 9 222, munmap 11 215, mprotect 10 226, mremap 25 216, madvise 28 233, brk 12 214,
futex 202 98, set_robust_list 273 99, rseq 334 293, set_tid_address 218 96, arch_prctl 158 -,
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137,
rt_sigsuspend 130 133, sigaltstack 131 132, restart_syscall 219 128, pause 34 -,
alarm 37 -, getitimer 36 102, setitimer 38 103,
nanosleep 35 101, clock_nanosleep 230 115, clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169,
time 201 -, times 100 153,
poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -,
epoll_pwait 281 22, eventfd2 290 19,
getpid 39 172, gettid 186 178, getppid 110 173, getpgrp 111 -, getpgid 121 155, getuid 102 174, geteuid 107 175,
getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158,
getrlimit 97 163, setrlimit 160 164, getrusage 98 165, getpriority 140 141, sysinfo 99 179,
uname 63 160, getrandom 318 278, getcpu 309 168,
sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120,
sched_get_priority_max 146 125, sched_get_priority_min 147 126,
wait4 61 260, waitid 247 95, exit 60 93, exit_group 231 94
"""

# They claim to have worked and do nothing: shutil.copy in the scratch folder goes on, no file's owner, mode or time
# changes anywhere (Landlock does not cover these), nobody waits for the disk, and no lock tells another worker
# anything: a worker shares its files with nobody.
_PRETENDED = """
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54,
utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -,
flock 73 32, fsync 74 82, fdatasync 75 83, msync 26 227, fadvise64 221 223
"""

# "Not supported", as on a file system without extended attributes or reserved space: shutil.copy2 expects it.
_UNSUPPORTED = """
setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, getxattr 191 8, lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11,
llistxattr 195 12, flistxattr 196 13, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16,
setxattrat 463 463, getxattrat 464 464, listxattrat 465 465, removexattrat 466 466, fallocate 285 47
"""

# "No such call", as on an older kernel: the C library and Python then do without. The flags of clone3, with which the C
# library begins a thread, cannot be seen by a filter; it takes clone instead, whose flags can.
_ABSENT = """
clone3 435 435, preadv2 327 286, pwritev2 328 287, get_mempolicy 239 236, membarrier 324 283,
map_shadow_stack 453 453, mseal 462 462, futex_waitv 449 449, pidfd_open 434 434, epoll_pwait2 441 441,
memfd_create 319 279, timerfd_create 283 85, signalfd4 289 74, inotify_init1 294 26
"""

# What makes shutil copy by hand: the error number on which each of Python's ways to copy gives up.
_BY_HAND = (("sendfile 40 71", errno.ENOTSOCK), ("copy_file_range 326 285", errno.EXDEV))

# What the grader is told about, and how it is named. No library that a stage may import makes such a call by itself.
TOLD = {
    "opened a socket": "connect 42 203, bind 49 200, accept 43 202, accept4 288 242, sendto 44 206",
    "started a process": "fork 57 -, vfork 58 -",
    "started a program": "execve 59 221, execveat 322 281",
    "sent a signal": "pidfd_send_signal 424 424, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240",
    "looked into another process": "ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,"
    "pidfd_getfd 438 438, kcmp 312 272",
    "opened a file by its handle": "open_by_handle_at 304 265",
    "opened a channel to other processes": "shmget 29 194, shmat 30 196, semget 64 190, msgget 68 186, mq_open 240 180",
    "changed its namespaces or mounts": "unshare 272 97, setns 308 268, chroot 161 51, mount 165 40, umount2 166 39,"
    "pivot_root 155 41, move_mount 429 429, open_tree 428 428, fsopen 430 430, fsmount 432 432,"
    "mount_setattr 442 442",
    "asked for io_uring": "io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427",
    "asked for the kernel's keys": "add_key 248 217, request_key 249 218, keyctl 250 219",
    "asked for what only a system's owner may": "bpf 321 280, userfaultfd 323 282, init_module 175 105,"
    "finit_module 313 273, kexec_load 246 104, reboot 169 142, swapon 167 224, acct 163 89, quotactl 179 60,"
    "settimeofday 164 170, clock_settime 227 112, sethostname 170 161, setuid 105 146, setresuid 117 147,"
    "setgid 106 144, setresgid 119 149, setgroups 116 159, capset 126 91, seccomp 317 277",
}

_CLONE, _PRCTL, _FCNTL, _IOCTL, _SOCKET, _SENDMSG = (56, 220), (157, 167), (72, 25), (16, 29), (41, 198), (46, 211)
_KILL, _TKILL, _TGKILL, _PRLIMIT = (62, 129), (200, 130), (234, 131), (302, 261)
_LAST_KNOWN = 469  # file_setattr; what comes after is "no such call", so that the C library does without
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_X32 = 0x40000000  # x86_64 also answers to the numbers of its 32-bit pointer variant, which carry this bit

_CLONE_THREAD, _NEW_NAMESPACES = 0x00010000, 0x7E020080
# Names of threads and of memory areas; what the process itself may ask about its own state.
_PRCTLS = (3, 15, 16, 21, 39, 0x53564D41)
# Duplicates, flags, whether a range is locked, a pipe's size. To lock is pretended; to choose who gets a file's signals
# (F_SETOWN, F_SETSIG, F_SETOWN_EX) is a way to kill.
_FCNTLS, _LOCKS, _OWNERS = (0, 1, 2, 3, 4, 5, 36, 1030, 1032), (6, 7, 37, 38), (8, 10, 15)
_IOCTLS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it a terminal, what waits, close-on-exec
_FICLONE = 0x40049409
# A local socket as the C library opens it to ask a daemon (nscd) for a user's name: every program does, unasked.
# Python's own lack one of its flags.
_LOCAL, _DAEMON = 1, 0x80801
QUIET_SOCKET = (_LOCAL, _DAEMON, 0)

_LOAD, _EQUAL, _GREATER, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x54, 0x06
_KILL_PROCESS, _ERROR, _TELL, _ALLOW = 0x80000000, 0x00050000, 0x7FC00000, 0x7FFF0000
_MODE_FILTER, _NEW_LISTENER = 1, 1 << 3

Instruction = tuple[int, int, int, int]  # operation, jump if true, jump if false, operand


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def enter(reports: int | None = None) -> int | None:
    """Applies the filter to this thread and everything it starts, for good. Needs no privileges, only no_new_privs.

    Args:
        reports: the descriptor of a socket over which the kernel's end of the reports may be sent.

    Returns:
        The kernel's end of the reports; None where none are wanted, or this kernel has none (before 5.0; or another
        filter above has them already).
    """
    column = kernel.architecture()
    if column is None:
        raise OSError(errno.ENOSYS, "the filter is written for x86_64 and aarch64")
    if reports is not None:
        with contextlib.suppress(OSError):
            return _load(program(column, os.getpid(), reports), _NEW_LISTENER)
    _load(program(column, os.getpid()), 0)
    return None


def _load(code: bytes, flags: int) -> int:
    return kernel.call("seccomp", _MODE_FILTER, flags, ctypes.byref(_Program(len(code) // 8, code)))


def program(column: int, pid: int, reports: int | None = None) -> bytes:
    """Returns the filter.

    Args:
        column: 0 for x86_64, 1 for aarch64.
        pid: the worker's own number, the only one that it may send a signal to.
        reports: the only descriptor that messages may be sent over; None: what is `TOLD` is told to nobody.
    """
    return fixed_part(column, reports is not None) + _pack(_own_part(column, pid, reports))


@functools.cache
def fixed_part(column: int, told: bool) -> bytes:
    """Returns the filter up to the calls about a process, for 0, x86_64, or 1, aarch64. The warm process makes it."""
    tell = _TELL if told else _ERROR | errno.EPERM
    code: list[Instruction] = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_EQUAL, 1, 0, _AUDIT_ARCH[column]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_GREATER, 0, 1, _LAST_KNOWN),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
    ]
    for table, answer in (
        (_ALLOWED, _ALLOW),
        (_PRETENDED, _ERROR),
        (_UNSUPPORTED, _ERROR | errno.ENOTSUP),
        (_ABSENT, _ERROR | errno.ENOSYS),
        *((row, _ERROR | number) for row, number in _BY_HAND),
        *((table, tell) for table in TOLD.values()),
    ):
        for number in numbers(table, column):
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    thread = [
        (_AND, 0, 0, _CLONE_THREAD | _NEW_NAMESPACES),
        (_EQUAL, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code += _when(_CLONE[column], 0, thread, tell)
    code += _when(_PRCTL[column], 0, _one_of(_PRCTLS), _ERROR | errno.EPERM)
    fcntl = [*_one_of(_FCNTLS), *_one_of(_LOCKS, _ERROR), *_one_of(_OWNERS, tell)]
    code += _when(_FCNTL[column], 1, fcntl, _ERROR | errno.EPERM)
    clone = _one_of((_FICLONE,), _ERROR | errno.EOPNOTSUPP)
    code += _when(_IOCTL[column], 1, [*_one_of(_IOCTLS), *clone], _ERROR | errno.ENOTTY)
    local = [(_LOAD, 0, 0, 16 + 8), *_one_of((_DAEMON,), _ERROR | errno.EPERM)]
    code += _when(_SOCKET[column], 0, [(_EQUAL, 0, len(local), _LOCAL), *local], tell)
    return _pack(code)


def _own_part(column: int, pid: int, reports: int | None) -> list[Instruction]:
    """Returns the rest: a process may signal and limit itself only."""
    tell = _ERROR | errno.EPERM if reports is None else _TELL
    code: list[Instruction] = []
    for call in (_KILL, _TKILL, _TGKILL):
        code += _when(call[column], 0, _one_of((pid,)), tell)
    code += _when(_PRLIMIT[column], 0, _one_of((0, pid)), tell)
    # There is no other socket, and none can be had: later this descriptor is something else, or nothing.
    code += _when(_SENDMSG[column], 0, _one_of(() if reports is None else (reports,)), tell)
    return [*code, (_RETURN, 0, 0, _ERROR | errno.EPERM)]


def meaning(number: int, column: int) -> str:
    """Returns the name of a call that was `TOLD`, as the end of a sentence."""
    for what, table in TOLD.items():
        if number in numbers(table, column):
            return what
    for what, calls in _BY_ARGUMENT.items():
        if number in (call[column] for call in calls):
            return what
    return f"made the system call {number}"


_BY_ARGUMENT = {
    "opened a socket": (_SOCKET, _SENDMSG),
    "started a process": (_CLONE,),
    "sent a signal": (_KILL, _TKILL, _TGKILL, _FCNTL),
    "changed another process": (_PRLIMIT,),
}


def _pack(code: list[Instruction]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def numbers(table: str, column: int) -> Iterable[int]:
    """Yields the numbers of a table's calls in one column."""
    for row in table.split(","):
        number = row.split()[1 + column]
        if number != "-":
            yield int(number)


def _when(number: int, argument: int, block: list[Instruction], otherwise: int) -> list[Instruction]:
    """Returns a test of an argument's lower half (the kernel ignores the upper one) for one call."""
    block = [(_LOAD, 0, 0, 16 + 8 * argument), *block, (_RETURN, 0, 0, otherwise)]
    return [(_EQUAL, 0, len(block), number), *block]


def _one_of(values: Iterable[int], answer: int = _ALLOW) -> list[Instruction]:
    return [line for value in values for line in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, answer))]
