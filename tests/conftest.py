"""Where the visible suites find what they import: `stages`, `data_stubs`, `expect` and `toys`.

`SUBMISSION=solutions pytest tests/test_protonet.py` tests another folder than the default, `assignment`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SUBMISSION = Path(os.environ.get("SUBMISSION") or ROOT / "assignment").resolve()

for folder in (TESTS, ROOT, SUBMISSION):  # each goes before the last: the submission is first
    if str(folder) in sys.path:
        sys.path.remove(str(folder))
    sys.path.insert(0, str(folder))
