"""UNTRUSTED: the process that a submission's code runs in. It holds no suite, no expected value, no other submission.

`main.py` is the process, `executor.py` executes the judge's requests in it. It knows `rpc` and `sandbox` only.
"""
