"""The sandbox of a worker: a ladder of levels, of which a machine may have some or all.

| level | what confines a worker |
| --- | --- |
| `landlock` | Landlock (files), a filter of system calls (network, processes, signals), limits |
| `namespaces` | its own file tree, network and processes, the same filter, limits |
| `limits` | the filter where the kernel has one, limits; it can read whatever the grader's user can |

The judge asks `best(required)` what this machine has, and `warning(level)` what an instructor must know about a level.
The nursery calls `prepare()` once, and each worker `enter(level, policy)` before it touches a submission. The grader's
`Reports` hear from the kernel what a worker tries, the judge's monitor calls `usage(pid, scratch)` for what the kernel
does not limit there, and `remove(scratch)` at the end. Read on in `entry.py`.

Why our own sandbox: a worker must have torch loaded before it is confined, and must be confined before it reads a
submission, anew for every stage. So the warm process forks and the child confines itself, with Landlock and a list of
system calls, in 8 ms. bubblewrap, nsjail and firejail confine a program that they start (exec), which then imports
torch again: 2 to 3.5 s per worker. sandlock 0.9, which can be entered in process, applies no filter of system calls
there: sockets, processes and signals would stay open. The price of a list of what is allowed is that a library may need
one more call; `test_imports.py` and `test_library_habits.py` in `tests/scaffold/worker` check those that stages use.
"""

from autograder.sandbox.entry import LEVELS, Policy, enter, prepare
from autograder.sandbox.kernel import SandboxError
from autograder.sandbox.levels import Rung, best, probe, warning
from autograder.sandbox.limits import Limits
from autograder.sandbox.reports import Reports
from autograder.sandbox.scratch import remove
from autograder.sandbox.usage import Usage, usage, worker_of

__all__ = [
    "LEVELS",
    "Limits",
    "Policy",
    "Reports",
    "Rung",
    "SandboxError",
    "Usage",
    "best",
    "enter",
    "prepare",
    "probe",
    "remove",
    "usage",
    "warning",
    "worker_of",
]
