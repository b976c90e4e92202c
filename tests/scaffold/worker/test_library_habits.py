"""What honest code asks of its libraries, at every level of the sandbox: it works, or ends in an error that says why.

Each habit is the body of `compute_prototypes` in a submission of its own. None of them is to be taken for an attack.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from autograder import rubric, sandbox
from autograder.judge import workers
from autograder.runner import run as runner
from autograder.runner.results import StageResult
from autograder.worker import single_process

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker's files are open"),
]
STAGE = rubric.get("prototypes")

WORK = {
    "compiles a function": """
        @torch.compile(mode="reduce-overhead", fullgraph=True)
        def mean(x):
            return x.mean(dim=1)
        return mean(support)""",
    "compiles a module": """
        class Mean(nn.Module):
            def forward(self, x):
                return x.mean(dim=1)
        model = torch.compile(Mean(), backend="inductor")
        other = Mean()
        other.compile()
        assert torch.equal(model(support), other(support))
        torch.optim.Adam([nn.Parameter(torch.ones(1))])
        return model(support)""",
    "uses functional transforms": """
        import functorch
        torch.func.grad(lambda x: (x * x).sum())(torch.ones(2))
        functorch.vmap(torch.sin)(torch.ones(2, 2))
        return torch.func.vmap(lambda x: x.mean(dim=0))(support)""",
    "profiles itself": """
        import cProfile, io, pstats
        with cProfile.Profile() as profile, torch.profiler.profile() as kernels:
            with torch.profiler.record_function("mean"):
                answer = support.mean(dim=1)
        pstats.Stats(profile, stream=io.StringIO()).print_stats()
        kernels.key_averages().table(row_limit=2)
        return answer""",
    "registers hooks and parametrizations": """
        from torch.nn.utils import parametrizations, weight_norm
        layer = parametrizations.weight_norm(nn.Linear(2, 2))
        weight_norm(nn.Linear(2, 2))
        layer.register_forward_hook(lambda *args: None)
        handle = torch.nn.modules.module.register_module_forward_hook(lambda *args: None)
        with torch.autocast("cpu", dtype=torch.bfloat16), torch.autograd.detect_anomaly(check_nan=False):
            layer(torch.ones(1, 2)).float().sum().backward()
        handle.remove()
        torch.fx.symbolic_trace(nn.Linear(2, 2))
        torch.optim.swa_utils.AveragedModel(layer)
        return support.mean(dim=1)""",
    "shows tensors its own way": """
        import builtins, functools
        builtins.print = functools.partial(print, flush=True)
        torch.Tensor.__repr__ = lambda self: f"<{tuple(self.shape)}>"
        nn.Module.n_params = property(lambda self: sum(p.numel() for p in self.parameters()))
        nn.Module.count = lambda self: self.n_params
        torch.Tensor.middle = lambda self: self.median()
        print(support, nn.Linear(2, 2).count())
        return support.mean(dim=1)""",
    "asks about the machine": """
        import getpass, multiprocessing, os, platform, socket, uuid
        platform.platform(), platform.processor(), platform.architecture(), platform.uname()
        uuid.uuid1(), uuid.uuid4(), uuid.getnode(), socket.gethostname()
        assert os.cpu_count() == multiprocessing.cpu_count() == 1
        try:
            getpass.getuser()
        except (KeyError, OSError):
            pass
        return support.mean(dim=1)""",
    "uses threads and locks": """
        import concurrent.futures, multiprocessing, sys, threading
        sys.settrace(None)
        lock, event = multiprocessing.RLock(), torch.multiprocessing.Event()
        with lock, multiprocessing.Lock():
            event.set()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            rows = list(pool.map(lambda row: row.mean(dim=0), support))
        return torch.stack(rows)""",
    "loads its data": """
        from torch.utils.data import DataLoader, TensorDataset
        loader = DataLoader(TensorDataset(support), batch_size=2, shuffle=False, pin_memory=True)
        return torch.cat([rows.mean(dim=1) for (rows,) in loader])""",
    "keeps files": """
        import logging, os, shutil, sqlite3, tempfile
        from pathlib import Path
        folder = Path(tempfile.mkdtemp())
        torch.save({"mean": support}, folder / "a.pt")
        shutil.copyfile(folder / "a.pt", folder / "b.pt")
        shutil.copytree(folder, folder.with_name(folder.name + "copy"))
        shutil.move(folder / "b.pt", folder / "c.pt")
        with open(folder / "c.pt", "r+b") as file, tempfile.TemporaryFile() as other:
            shutil.copyfileobj(file, other)
            os.fsync(file.fileno())
        database = sqlite3.connect(folder / "log.db")
        with database:
            database.execute("create table log (step integer)")
            database.execute("insert into log values (1)")
        assert database.execute("select * from log").fetchall() == [(1,)]
        logging.basicConfig(filename=folder / "log.txt")
        logging.warning("one")
        shutil.rmtree(folder)
        assert torch.equal(torch.load(folder.with_name(folder.name + "copy") / "a.pt")["mean"], support)
        return support.mean(dim=1)""",
    "draws": """
        import matplotlib.pyplot as plt
        from PIL import Image
        figure, axes = plt.subplots()
        axes.imshow(support[0, 0].reshape(1, -1).detach().numpy())
        figure.savefig("figure.png")
        plt.close(figure)
        Image.open("figure.png").convert("L").resize((8, 8)).save("small.jpg")
        return support.mean(dim=1)""",
    "shows its progress": """
        try:
            from tqdm.auto import tqdm
        except ImportError:  # a package that this machine does not have
            tqdm = iter
        return torch.stack([rows.mean(dim=0) for rows in tqdm(support)])""",
}
PROCESSES = {
    "a loader with workers": """
        from torch.utils.data import DataLoader
        return torch.stack(list(DataLoader(support, batch_size=None, num_workers=2))).mean(dim=1)""",
    "a pool": """
        import multiprocessing
        with multiprocessing.Pool(2) as pool:
            return torch.stack(pool.map(torch.mean, support))""",
    "an executor": """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor() as pool:
            return torch.stack(list(pool.map(torch.mean, support)))""",
    "a process": """
        import multiprocessing
        multiprocessing.get_context("spawn").Process(target=print).start()
        return support.mean(dim=1)""",
}


@pytest.fixture(params=sandbox.LEVELS)
def level(request: pytest.FixtureRequest) -> str:
    if request.param not in [rung.level for rung in sandbox.probe() if rung.available]:
        pytest.skip("this machine does not have the level")
    return request.param


def _grade(body: str, level: str, submission: Path, root: Path) -> StageResult:
    shutil.copytree(root / "solutions" / "stages", submission / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    with (submission / "stages" / "protonet.py").open("a", encoding="utf-8") as module:
        module.write(f"\n\ndef compute_prototypes(support):{body}\n".replace("\n        ", "\n    "))
    (result,) = runner.run(submission, [STAGE], "hidden", workers=workers.at(level))
    return result


@pytest.mark.parametrize("habit", WORK)
def test_an_honest_habit_works(habit: str, level: str, tmp_path: Path, root: Path) -> None:
    result = _grade(WORK[habit], level, tmp_path, root)
    assert result.flags == (), result.diagnosis
    assert result.passed, result.diagnosis


@pytest.mark.parametrize("habit", PROCESSES)
def test_a_process_is_an_error_that_says_what_to_do(habit: str, level: str, tmp_path: Path, root: Path) -> None:
    result = _grade(PROCESSES[habit], level, tmp_path, root)
    assert (result.outcome, result.flags) == ("error", ()), result.diagnosis
    assert single_process.NO_PROCESSES in result.diagnosis
