"""Sleeps while its module is imported: no test ever begins."""

STAGE = "prototypes"
GAIN = "a grader that only watches tests"
OUTCOMES = ("timeout",)
WITNESS = "nt_xent"
SECONDS = 3.0

import time

time.sleep(600)
