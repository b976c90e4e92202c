"""`python -m experiments protonet|simclr|all|data|report …`; with `--help` after the first word for its options."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from experiments.training.errors import Interrupted, Mistake

EXPERIMENTS = ("protonet", "simclr")
_HELP = "`data` downloads Omniglot and CIFAR-10; `report` redraws the pages of finished runs"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command: 0 done, 1 a stage raised an error, 2 a mistake in how it was called, 130 stopped by Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("command", choices=(*EXPERIMENTS, "all", "data", "report"), help=_HELP)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="options; see `python -m experiments protonet --help`")
    arguments = parser.parse_args(argv)
    try:
        if os.environ.get("WORLD_SIZE", "1") != "1" and arguments.command not in EXPERIMENTS:
            raise Mistake(f"torchrun trains one experiment at a time: give {' or '.join(EXPERIMENTS)}.")
        if arguments.command == "data":
            return _download(arguments.rest)
        if arguments.command == "report":
            return _report(arguments.rest)
        for name in EXPERIMENTS if arguments.command == "all" else (arguments.command,):
            _run(name, arguments.rest)
        return 0
    except Mistake as error:
        return _say(str(error), 2)
    except Interrupted as error:
        return _say(str(error), 130)
    except KeyboardInterrupt:
        return _say("stopped at once; the same command resumes from the last checkpoint.", 130)
    except NotImplementedError as error:
        file, _, _ = _stage_frame(error)
        return _say(f"{file or 'A stage'} is not written yet: {error}. Run make check.", 2)
    except (ImportError, SyntaxError) as error:
        if _is_ours(error):
            raise
        return _say(_explain_import(error), 2)
    except Exception as error:
        if _lost_another(error):
            return _say("another process ended; the same command resumes from the last checkpoint.", 1, False)
        file, line, name = _stage_frame(error)
        if not file and isinstance(error, OSError):
            return _say(f"{error}.", 1)  # a full disk, a folder that cannot be written
        if not file:
            raise
        return _say(f"{file}, line {line}, in {name}: {type(error).__name__}: {error}. Run make check.", 1)


def _run(name: str, rest: list[str]) -> None:
    from experiments.acceleration import malloc
    from experiments.training.preflight import check_stages

    malloc.keep()
    if not {"-h", "--help"} & set(rest):
        check_stages(name)
    import matplotlib

    matplotlib.use("Agg")  # figures go into files, whatever display there is
    from experiments.reports.index import write_index

    page: Path | None = importlib.import_module(f"experiments.{name}").main(rest)
    if page is None:
        return  # under torchrun, rank 0 alone writes the report
    index = write_index(page.parent.parent)
    print(f"{page}\n{index}")


def _download(rest: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments data", description="Download Omniglot and CIFAR-10.")
    default = Path(os.environ.get("DATA_ROOT") or ".data")
    parser.add_argument("--data-root", type=Path, default=default, help="where to put them [DATA_ROOT, or .data]")
    from experiments.data.root import download

    download(parser.parse_args(rest).data_root)
    return 0


def _report(rest: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments report", description="Redraw the pages of runs.")
    parser.add_argument("folder", type=Path, help="the folder that holds the runs, such as runs/cpu")
    folder: Path = parser.parse_args(rest).folder
    import matplotlib

    matplotlib.use("Agg")
    from experiments.reports.index import redraw

    print(redraw(folder, {name: importlib.import_module(f"experiments.{name}").PRESETS for name in EXPERIMENTS}))
    return 0


def _say(sentence: str, status: int, own: bool = True) -> int:
    """Prints a sentence and returns the status; only one of several processes prints, unless the error is its own."""
    if os.environ.get("LOCAL_RANK", "0") == "0":
        print(f"experiments: {sentence}", file=sys.stderr, flush=True)
    elif own and status == 1:
        print(f"experiments, process {os.environ['LOCAL_RANK']}: {sentence}", file=sys.stderr, flush=True)
    else:
        time.sleep(2)  # torchrun ends all processes as soon as one has failed, perhaps before the first has spoken
    return status


def _lost_another(error: Exception) -> bool:
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return False
    from experiments.training.distributed import lost_another

    return lost_another(error)


def _stage_frame(error: BaseException) -> tuple[str, int, str]:
    """Returns file, line and function of the last frame inside `stages`, as `stages/simclr.py`; or an empty file."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.parent.name == "stages":
            return f"stages/{path.name}", frame.lineno or 0, frame.name
    return "", 0, ""


def _is_ours(error: ImportError | SyntaxError) -> bool:
    """Tells whether the experiments themselves, not the stages, are what cannot be imported."""
    if isinstance(error, SyntaxError):
        return "stages" not in Path(error.filename or "").parts
    return not (error.name or "").startswith("stages") and not _stage_frame(error)[0]


def _explain_import(error: ImportError | SyntaxError) -> str:
    if isinstance(error, SyntaxError):
        return f"stages/{Path(error.filename or '').name}, line {error.lineno}: {error.msg}. Run make check."
    return f"{error}. Run make check."


if __name__ == "__main__":
    status = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # there is nothing left for Ctrl-C to stop
    sys.exit(status)
