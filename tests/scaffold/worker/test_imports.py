"""What a stage may import: whatever a plain interpreter here can, in every stage, at every level of the sandbox.

The other side of the same coin: nothing that a library does when it is imported is taken for the student's doing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import rubric, sandbox
from autograder.judge import workers
from autograder.runner import run as runner

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker's files are open"),
]
PARTS = (  # that notebooks and reports import, and that other libraries bring along
    *("torch.func", "torch.fx", "torch.profiler", "torch.distributed", "torch.multiprocessing", "torch.utils.data"),
    *("torch.nn.utils.parametrizations", "torch.optim.swa_utils", "torch.utils.tensorboard", "torch.utils.checkpoint"),
    *("torchvision.transforms.v2", "torchvision.datasets", "torchvision.utils", "torchvision.ops"),
    *("matplotlib.animation", "matplotlib.widgets", "mpl_toolkits.mplot3d", "PIL.ImageOps", "PIL.ImageDraw"),
    *("kornia.augmentation", "kornia.losses", "kornia.metrics", "numpy.testing", "numpy.polynomial"),
    *("concurrent.futures", "multiprocessing.pool", "xml.etree.ElementTree", "tqdm.auto", "requests", "IPython"),
)
REASONS = {"antigravity": "it opens a browser"}
CODE = """
def _scan():
    import importlib, json, sys
    importlib.invalidate_caches()
    failed = {{}}
    names = [name for name in sorted(sys.stdlib_module_names) if name not in {reasons}]
    for name in [*names, *{more}]:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{{type(error).__name__}}: {{error}}"
    print("SCANNED", len(names), json.dumps(sorted(failed)), flush=True)
    print(failed, file=sys.stderr, flush=True)


_scan()
"""


@pytest.fixture(scope="module")
def scan() -> str:
    return CODE.format(reasons=sorted(REASONS), more=(*rubric.PACKAGES, "scipy", *PARTS))


@pytest.fixture(scope="module")
def plain(scan: str) -> list[str]:
    """What cannot be imported here anyway: parts of other systems, packages that are not installed."""
    done = subprocess.run([sys.executable, "-c", scan], capture_output=True, text=True, check=True)
    return _failed(done.stdout)


def _failed(output: str) -> list[str]:
    lines = [line.split(" ", 2) for line in output.splitlines() if line.startswith("SCANNED ")]
    assert len(lines) == 1
    assert int(lines[0][1]) > 250
    return json.loads(lines[0][2])


@pytest.mark.parametrize("level", sandbox.LEVELS)
def test_every_stage_imports_what_a_plain_interpreter_imports(
    level: str, scan: str, plain: list[str], tmp_path: Path, root: Path
) -> None:
    if level not in [rung.level for rung in sandbox.probe() if rung.available]:
        pytest.skip("this machine does not have the level")
    shutil.copytree(root / "solutions" / "stages", tmp_path / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("omniglot", "report"):
        with (tmp_path / "stages" / f"{name}.py").open("a", encoding="utf-8") as module:
            module.write(scan)
    first, last = rubric.STAGES[0], rubric.STAGES[-1]
    assert (first.module, last.module) == ("omniglot", "report")
    for result in runner.run(tmp_path, [first, last], "hidden", workers=workers.at(level)):
        assert _failed(result.output) == plain, result.output
        assert result.flags == (), result.id
        assert result.passed, result.diagnosis
