"""The filter over system calls: a list of what a worker may ask of the kernel, everything else is refused.

A list of what is allowed, not of what is forbidden: a call that nobody thought of, or that a later kernel brings, is
refused too. The worker keeps files, memory, threads, clocks and waiting. It has no sockets, processes, programs,
signals to others, debugging, mounts, namespaces, message queues, shared memory, keys, or anything about the machine.

The filter is a small program in classic BPF, assembled here. PyPI's `pyseccomp` would assemble it through the system's
libseccomp, but had its last release in January 2021 and cannot run where that library is missing.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct
from collections.abc import Iterable

from autograder.grading.sandbox import kernel

# Name, x86_64, aarch64; `-` where an architecture lacks the call.
_ALLOWED = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70,
preadv2 327 286, pwritev2 328 287, open 2 -, openat 257 56, creat 85 -, close 3 57, close_range 436 436, lseek 8 62,
ftruncate 77 46, fallocate 285 47, fsync 74 82, fdatasync 75 83, fadvise64 221 223, readahead 187 213, flock 73 32,
sendfile 40 71, copy_file_range 326 285, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, umask 95 166,
stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44, access 21 -,
faccessat 269 48, faccessat2 439 439, readlink 89 -, readlinkat 267 78, getcwd 79 17, chdir 80 49, fchdir 81 50,
getdents 78 -, getdents64 217 61, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -,
renameat 264 38, renameat2 316 276,
mmap 9 222, munmap 11 215, mprotect 10 226, mremap 25 216, madvise 28 233, msync 26 227, brk 12 214,
get_mempolicy 239 236, membarrier 324 283, map_shadow_stack 453 453, mseal 462 462,
futex 202 98, futex_waitv 449 449, futex_wake 454 454, futex_wait 455 455, futex_requeue 456 456,
set_robust_list 273 99, rseq 334 293, set_tid_address 218 96, arch_prctl 158 -,
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137,
rt_sigsuspend 130 133, sigaltstack 131 132, restart_syscall 219 128, pause 34 -, signalfd 282 -, signalfd4 289 74,
alarm 37 -, getitimer 36 102, setitimer 38 103, timer_create 222 107, timer_settime 223 110, timer_gettime 224 108,
timer_getoverrun 225 109, timer_delete 226 111, timerfd_create 283 85, timerfd_settime 286 86, timerfd_gettime 287 87,
nanosleep 35 101, clock_nanosleep 230 115, clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169,
time 201 -, times 100 153,
poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -, epoll_create1 291 20, epoll_ctl 233 21,
epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441, eventfd 284 -, eventfd2 290 19,
getpid 39 172, gettid 186 178, getppid 110 173, getpgrp 111 -, getpgid 121 155, getsid 124 156, getuid 102 174,
geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158,
capget 125 90, getrlimit 97 163, setrlimit 160 164, getrusage 98 165, getpriority 140 141, sysinfo 99 179,
uname 63 160, getrandom 318 278, getcpu 309 168,
sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120,
sched_getattr 315 275, sched_get_priority_max 146 125, sched_get_priority_min 147 126, sched_rr_get_interval 148 127,
wait4 61 260, waitid 247 95, exit 60 93, exit_group 231 94
"""

# They claim to have worked and do nothing: shutil.copy in the scratch folder goes on, and no file's owner, mode or time
# changes anywhere (Landlock knows nothing of them).
_PRETENDED = """
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54,
utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -
"""

# "Not supported", as on a file system without extended attributes: shutil.copy2 expects it.
_UNSUPPORTED = """
setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, getxattr 191 8, lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11,
llistxattr 195 12, flistxattr 196 13, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16,
setxattrat 463 463, getxattrat 464 464, listxattrat 465 465, removexattrat 466 466
"""

_CLONE, _CLONE3, _PRCTL, _FCNTL, _IOCTL = (56, 220), (435, 435), (157, 167), (72, 25), (16, 29)
_KILL, _TKILL, _TGKILL, _PRLIMIT = (62, 129), (200, 130), (234, 131), (302, 261)
_LAST_KNOWN = 469  # file_setattr; what comes after is "no such call", so that the C library does without
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_X32 = 0x40000000  # x86_64 also answers to the numbers of its 32-bit pointer variant, which carry this bit

_CLONE_THREAD, _NEW_NAMESPACES = 0x00010000, 0x7E020080
# Names of threads and of memory areas; what the process itself may ask about its own state.
_PRCTLS = (3, 15, 16, 21, 39, 0x53564D41)
# Duplicates, flags, locks, a pipe's size. Not who gets a file's signals (F_SETOWN, F_SETSIG): that is a way to kill.
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
_IOCTLS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it a terminal, what waits, close-on-exec

_LOAD, _EQUAL, _GREATER, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x54, 0x06
_KILL_PROCESS, _ERROR, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_MODE_FILTER = 1

Instruction = tuple[int, int, int, int]  # operation, jump if true, jump if false, operand


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def enter() -> None:
    """Puts the filter over this thread and all that it starts, for good. Needs no privileges but no_new_privs."""
    column = kernel.architecture()
    if column is None:
        raise OSError(errno.ENOSYS, "the filter is written for x86_64 and aarch64")
    code = program(column, os.getpid())
    kernel.call("seccomp", _MODE_FILTER, 0, ctypes.byref(_Program(len(code) // 8, code)))


def program(column: int, pid: int) -> bytes:
    """Returns the filter.

    Args:
        column: 0 for x86_64, 1 for aarch64.
        pid: the worker's own number, the only one that it may send a signal to.
    """
    return fixed_part(column) + _pack(_own_part(column, pid))


@functools.cache
def fixed_part(column: int) -> bytes:
    """Returns the filter up to the calls about a process, for 0, x86_64, or 1, aarch64. The warm process makes it."""
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
    ):
        for number in _numbers(table, column):
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    code += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _ERROR | errno.ENOSYS)]  # its flags cannot be seen here
    thread = [
        (_AND, 0, 0, _CLONE_THREAD | _NEW_NAMESPACES),
        (_EQUAL, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code += _when(_CLONE[column], 0, thread, errno.EPERM)
    code += _when(_PRCTL[column], 0, _one_of(_PRCTLS), errno.EPERM)
    code += _when(_FCNTL[column], 1, _one_of(_FCNTLS), errno.EPERM)
    code += _when(_IOCTL[column], 1, _one_of(_IOCTLS), errno.ENOTTY)
    return _pack(code)


def _own_part(column: int, pid: int) -> list[Instruction]:
    """Returns the rest: a process may signal and limit itself only."""
    code: list[Instruction] = []
    for call in (_KILL, _TKILL, _TGKILL):
        code += _when(call[column], 0, _one_of((pid,)), errno.EPERM)
    code += _when(_PRLIMIT[column], 0, _one_of((0, pid)), errno.EPERM)
    return [*code, (_RETURN, 0, 0, _ERROR | errno.EPERM)]


def _pack(code: list[Instruction]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _numbers(table: str, column: int) -> Iterable[int]:
    for row in table.split(","):
        number = row.split()[1 + column]
        if number != "-":
            yield int(number)


def _when(number: int, argument: int, block: list[Instruction], error: int) -> list[Instruction]:
    """Returns a test of an argument's lower half (the kernel ignores the upper one) for one call."""
    block = [(_LOAD, 0, 0, 16 + 8 * argument), *block, (_RETURN, 0, 0, _ERROR | error)]
    return [(_EQUAL, 0, len(block), number), *block]


def _one_of(values: Iterable[int]) -> list[Instruction]:
    return [line for value in values for line in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]
