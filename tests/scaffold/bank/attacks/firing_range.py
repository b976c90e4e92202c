"""A firing range for the hostile part of the bank: every attack is graded beside things that it must not reach.

Around each attack lie canaries (files with random words: a solution, a gradebook, a neighbour's submission, keys in a
home folder; a word in the environment; the grading's seed), loopback listeners, and two processes that sleep, as a
sibling and a parent would. The attack knows every address (`Ground.learnt`). After the grading the range looks for what
it achieved: a canary in the results, a listener that heard something, a file that changed, a process that is gone or
that stayed, a mark too many. `run_all` returns a record of each attack; its `achieved` should be empty.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder import rubric
from autograder.judge import workers
from autograder.runner import run as runner
from autograder.runner.results import StageResult
from autograder.submissions import discovery
from autograder.submissions.allowlist import RefusedError
from bank import hostile
from bank.attacks import signs
from bank.attacks.ground import Ground
from bank.hostile import Attack

GRACE = 3.0  # seconds for processes to be gone after a grading


@dataclass
class Record:
    """What came of one attack.

    Attributes:
        group: its class.
        name: `group/slug`.
        level: of the sandbox.
        outcome: of the stage that it aimed at, or `refused` where the whole submission was.
        points: of that stage.
        flags: what the grader says it did.
        achieved: what the attack got that it should not have, in sentences.
        unexpected: how the outcome differs from what the attack's file allows; it is no success of the attack.
        diagnosis: what the student reads.
        ignored: files that were handed in and not looked at, which the instructor is told.
        seconds: how long the grading took.
    """

    group: str
    name: str
    level: str
    outcome: str = ""
    points: float = 0.0
    flags: tuple[str, ...] = ()
    achieved: list[str] = field(default_factory=list)
    unexpected: str = ""
    diagnosis: str = ""
    ignored: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def labelled(self) -> bool:
        """Whether the result says that something was wrong with the code itself, not only with its answers."""
        return bool(self.flags or self.ignored) or self.outcome in (
            "tampered",
            "refused",
            "timeout",
            "memory",
            "crashed",
        )


class Range:
    """Grades attacks at one level. Use it as a context: it changes this process's environment meanwhile.

    Args:
        folder: new; the range's own.
        level: of the sandbox; None: in the process of the tests, for attacks that do no harm there.
    """

    def __init__(self, folder: Path, level: str | None):
        self.folder, self.level = folder, level
        self.seed = secrets.randbelow(10**17) + 10**17
        self.words = {
            name: f"canary{secrets.token_hex(10)}" for name in ("neighbour", "home", "gradebook", "sibling", "shell")
        }

    def __enter__(self) -> Range:
        home, temporary = self.folder / "home", self.folder / "tmp"
        for path in (home / ".ssh", temporary):
            path.mkdir(parents=True)
        (home / ".ssh" / "id_canary").write_text(self.words["home"])
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        changed = {"HOME": str(home), "TMPDIR": str(temporary), "COURSE_TOKEN": self.words["shell"]}
        with contextlib.ExitStack() as stack:
            stack.enter_context(_environment(changed | {"XDG_CACHE_HOME": cache}))
            runner.pool().close()  # the next warm processes have the range's environment
            stack.callback(lambda: runner.pool().close())
            stack.enter_context(signs.adopting())
            hostile.copy_reference(self.folder / "right" / "stages")
            warm = self.grade(self.folder / "right", ["prototypes", "two_views"])
            assert all(result.passed for result in warm), [result.diagnosis for result in warm]
            self._warm = set(signs.left_in(temporary))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def grade(self, submission: Path, stages: Sequence[str], seconds: float | None = None) -> list[StageResult]:
        """Grades stages of a submission; the first one within so many seconds."""
        chosen = [replace(rubric.get(name), needs=()) for name in stages]
        if seconds is not None:
            chosen[0] = replace(chosen[0], seconds=seconds)
        return runner.run(submission, chosen, "hidden", seed=self.seed, workers=workers.at(self.level))

    def attempt(self, attack: Attack) -> Record:
        """Grades one attack and looks at what it achieved."""
        folder = self.folder / f"{attack.group}-{attack.slug}"
        folder.mkdir()
        ground = Ground(folder / "range", self.words)
        submission = folder / "submission"
        record = Record(attack.group, str(attack), self.level or "in-process")
        with contextlib.closing(ground):
            self._attempt(attack, ground, submission, record)
        shutil.rmtree(folder, ignore_errors=True)
        return record

    def _attempt(self, attack: Attack, ground: Ground, submission: Path, record: Record) -> None:
        processes = signs.descendants()
        start = time.monotonic()
        try:
            results = self._graded(attack, ground, submission, record)
        except RefusedError as refusal:
            results, record.outcome, record.diagnosis = [], "refused", str(refusal)
        record.seconds = time.monotonic() - start
        if results:
            self._note(record, attack, results)
        if record.outcome not in attack.outcomes:
            record.unexpected = f"it ended as {record.outcome}, not as {' or '.join(attack.outcomes)}"
        record.achieved += signs.in_results(results, record.diagnosis, [*self.words.values(), str(self.seed)])
        record.achieved += _soon_gone(lambda: signs.new_orphans(processes))
        record.achieved += ground.disturbed()

    def attack(
        self, attacks: Sequence[Attack], on_record: Callable[[Record], None] = lambda record: None
    ) -> list[Record]:
        """Grades attacks beside an honest neighbour. Returns a record of each, and one of what they left together."""
        records = []
        with self.neighbour() as missed:
            for attack in attacks:
                records.append(self.attempt(attack))
                records[-1].achieved += [f"the neighbour lost marks: {what}" for what in missed]
                missed.clear()
                on_record(records[-1])
        aftermath = Record("range", "range/aftermath", self.level or "in-process", outcome="error")
        aftermath.achieved = [*self.left(), *(f"the neighbour lost marks: {what}" for what in missed)]
        return [*records, aftermath]

    @contextlib.contextmanager
    def neighbour(self) -> Iterator[list[str]]:
        """Grades an honest submission over and over, beside whatever happens; the list gets every mark it misses."""
        missed: list[str] = []
        done = threading.Event()

        def go_on() -> None:
            while not done.is_set():
                try:
                    results = self.grade(self.folder / "right", ["prototypes"])
                    missed.extend(f"{result.outcome}: {result.diagnosis}" for result in results if not result.passed)
                except Exception as error:
                    missed.append(f"{type(error).__name__}: {error}")
                done.wait(0.2)

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield missed
        finally:
            done.set()
            thread.join()

    def left(self) -> list[str]:
        """What the gradings left among the temporary files, once none is going on."""
        return sorted(set(signs.left_in(self.folder / "tmp")) - self._warm)

    def _graded(self, attack: Attack, ground: Ground, submission: Path, record: Record) -> list[StageResult]:
        if attack.kind == "archive":
            archive = submission.with_name("mallory-hw01.zip")
            attack.load().pack(archive, ground)
            discovery.read(archive).write(submission)
        else:
            hostile.build(attack, submission, ground.learnt, ground)
        if attack.kind == "folder":
            handed = discovery.read(submission)
            record.ignored = handed.ignored
            submission = handed.write(submission.with_name("copy"))
        stages = [attack.stage, *([attack.witness] if attack.witness else [])]
        return self.grade(submission, stages, attack.seconds)

    def _note(self, record: Record, attack: Attack, results: list[StageResult]) -> None:
        own, *witnesses = results
        record.outcome, record.points, record.diagnosis = own.outcome, own.points, own.diagnosis
        record.flags = tuple(getattr(own, "flags", ()))
        if own.points:
            record.achieved.append(f"{own.points:g} points for {own.id}")
        for witness in witnesses:
            if not witness.passed:
                record.achieved.append(f"{witness.id} lost its marks: {witness.outcome}: {witness.diagnosis}")


def run_all(
    level: str | None,
    attacks: Sequence[Attack] | None = None,
    folder: Path | None = None,
    on_record: Callable[[Record], None] = lambda record: None,
) -> list[Record]:
    """Grades attacks (all but those on notebooks, which `course` grades) and returns a record of each.

    Args:
        level: of the sandbox.
        attacks: which ones; None: all.
        folder: a new one to work in; None: a temporary one.
        on_record: called after each.
    """
    chosen = [attack for attack in (hostile.attacks() if attacks is None else attacks) if attack.kind != "notebook"]
    with (
        tempfile.TemporaryDirectory(prefix="range-", ignore_cleanup_errors=True) as temporary,
        Range((folder or Path(temporary)) / "range", level) as firing_range,
    ):
        return firing_range.attack(chosen, on_record)


def table(records: Sequence[Record]) -> str:
    """The records as text, for people who wait for them."""
    lines = []
    for record in records:
        label = record.flags[0] if record.flags else record.diagnosis.partition("\n")[0]
        lines.append(f"{record.name:45} {record.outcome:10} {record.seconds:5.1f} s  {label[:120]}")
        lines += [f"    ACHIEVED {what[:300]}" for what in record.achieved]
        lines += [f"    {record.unexpected}" for _ in [0] if record.unexpected]
    return "\n".join(lines)


# Details ------------------------------------------------------------------------------------------------------------


def _soon_gone(look: Callable[[], list[str]]) -> list[str]:
    """What is still there after a while."""
    give_up = time.monotonic() + GRACE
    while (found := look()) and time.monotonic() < give_up:
        time.sleep(0.1)
    return found


@contextlib.contextmanager
def _environment(changed: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    tempfile.tempdir = None
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        tempfile.tempdir = None
