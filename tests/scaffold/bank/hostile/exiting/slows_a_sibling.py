"""Takes the processor away from others: lower priority, one core, tiny limits; and gives itself the best priority."""

STAGE = "prototypes"
GAIN = "the neighbour's stages time out"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import resource

    done = []
    for name, change in {
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, SIBLING, 19),
        "own priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        "affinity": lambda: os.sched_setaffinity(SIBLING, {0}),
        "limits": lambda: resource.prlimit(SIBLING, resource.RLIMIT_CPU, (1, 1)),
    }.items():
        try:
            change()
        except (OSError, ValueError):
            continue
        done.append(name)
    if done:
        leak(done)
    raise RuntimeError("all keep what they have")
