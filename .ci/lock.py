"""`make lock`: resolves what grading installs, and writes the name and version of every package to `constraints.txt`.

pip resolves as if nothing were installed, and installs nothing. Local parts of versions (`+cpu`) are dropped: any build
of that version of PyTorch will do.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "constraints.txt"
HEADER = """\
# What `pip install .[instructor]` resolves to: Python {python}, {system}. `make install LOCKED=yes` installs these
# versions; `make lock` writes this file anew. With another Python, or on another system, some may not exist.
"""


def main() -> None:
    """Writes the file."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ("install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report), ".[instructor]")
        subprocess.run([sys.executable, "-m", "pip", *command], cwd=ROOT, check=True)
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    versions = {}
    for item in installed:
        name = re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower()
        versions[name] = item["metadata"]["version"].partition("+")[0]
    del versions["autograder"]
    python, system = ".".join(platform.python_version_tuple()[:2]), f"{platform.system()} {platform.machine()}"
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    LOCK.write_text(HEADER.format(python=python, system=system) + "".join(lines), encoding="utf-8")
    print(f"{LOCK.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
