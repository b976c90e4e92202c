"""The sandbox of a worker: a ladder of levels, of which a machine has the first, the first two or all.

| level | what keeps a worker in |
| --- | --- |
| `landlock` | Landlock (files), a filter of system calls (network, processes, signals), limits |
| `namespaces` | a file tree, network and processes of its own, the same filter, limits |
| `limits` | the filter where there is one, limits; it can read what the grader's user can |

The judge asks `best(required)` what this machine has, and `warning(level)` what an instructor has to know of a level.
The nursery calls `prepare()` once, and each worker `enter(level, policy)` before it touches a submission. The grader's
`Reports` hear from the kernel what a worker tries, the judge's monitor calls `usage(pid, scratch)` for what the kernel
does not limit there, and `remove(scratch)` at the end. Read on in `entry.py`.

Why a sandbox of its own: a worker has to have torch loaded before it is closed in, and be closed in before it reads a
submission, for every stage anew. So the warm process forks and the child shuts itself in, by Landlock and a list of
system calls, in 8 ms. bubblewrap, nsjail and firejail close in a program that they start (exec), after which torch is
imported again: 2 to 3.5 s for each worker. sandlock 0.9, which can be entered in process, puts on no filter of system
calls there: sockets, processes and signals would stay open. The cost of a list of what is allowed is that a library may
need one more; `test_imports.py` and `test_library_habits.py` in `tests/scaffold/worker` say which do not.
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
