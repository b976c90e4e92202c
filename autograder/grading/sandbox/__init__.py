"""The sandbox of a worker: a ladder of levels, of which a machine has the first, the first two or all.

| level | what keeps a worker in |
| --- | --- |
| `landlock` | Landlock (files), a filter of system calls (network, processes, signals), limits |
| `namespaces` | a file tree, network and processes of its own, the same filter, limits |
| `limits` | the filter where there is one, limits; it can read what the grader's user can |

The judge asks `best(required)` what this machine has. The nursery calls `prepare()` once, and each worker `enter(level,
policy)` before it touches a submission. The judge's monitor calls `usage(pid, scratch)` for what the kernel does not
limit there, and `remove(scratch)` at the end. Read on in `entering.py`.
"""

from autograder.grading.sandbox.entering import LEVELS, Policy, enter, prepare
from autograder.grading.sandbox.kernel import SandboxError
from autograder.grading.sandbox.ladder import Rung, best, probe
from autograder.grading.sandbox.limits import Limits
from autograder.grading.sandbox.reports import Reports
from autograder.grading.sandbox.scratch import remove
from autograder.grading.sandbox.usage import Usage, usage, worker_of

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
    "worker_of",
]
