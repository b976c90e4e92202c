"""Asks how many cores there are, what machine it is, and what its memory and time are, to print them."""

import multiprocessing
import os
import platform
import resource
import sys
import time

_sample = sample_episode


def sample_episode(images, labels, n_way, n_support, n_query, generator):
    started = time.process_time()
    episode = _sample(images, labels, n_way, n_support, n_query, generator=generator)
    print(platform.platform(), sys.version, multiprocessing.cpu_count(), os.cpu_count(), file=sys.stderr)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "MB", time.process_time() - started, "s")
    return episode
