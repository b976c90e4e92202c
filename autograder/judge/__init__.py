"""TRUSTED: asks a worker on behalf of a hidden test, compares its answers, and keeps to its own limits.

A test holds `proxy.py`, which asks through `client.py`; `workers.py` starts the workers, and `driver.py` is what the
runner's child imports. Nothing here runs a submission's code, except the driver when there is no worker.
"""
