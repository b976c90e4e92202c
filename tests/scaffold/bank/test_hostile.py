"""The hostile part of the bank, at the best level of the sandbox that this machine has: nothing is achieved."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import sandbox
from bank import hostile
from bank.attacks import course, signs
from bank.attacks.firing_range import Range, table
from bank.attacks.ground import Ground

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
]
GROUPS = [group for group in hostile.CLASSES if group != "notebooks"]


@pytest.fixture(scope="module")
def firing_range(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """A range at the best level here."""
    with Range(tmp_path_factory.mktemp("hostile") / "range", sandbox.best().level) as firing_range:
        yield firing_range


# The bank -----------------------------------------------------------------------------------------------------------


def test_there_are_attacks_of_every_class_and_each_says_what_it_is() -> None:
    attacks = hostile.attacks()
    assert len(attacks) >= 45
    counts = Counter(attack.group for attack in attacks)
    assert all(counts[group] >= 4 for group in hostile.CLASSES), counts
    assert {path.parent.name for path in hostile.HERE.glob("*/*.py")} == set(hostile.CLASSES)
    for attack in attacks:
        assert len(attack.description) > 30, attack
        assert attack.gain, attack
        assert attack.kind in ("stage", "folder", "archive", "notebook"), attack


@pytest.mark.parametrize("group", GROUPS)
def test_attacks_achieve_nothing(group: str, firing_range: Range) -> None:
    records = firing_range.attack(hostile.attacks(group))
    assert not [record for record in records if record.achieved or record.unexpected], table(records)
    assert all(record.points == 0 for record in records)
    assert len(records) == len(hostile.attacks(group)) + 1


def test_notebooks_achieve_nothing(tmp_path: Path) -> None:
    records = course.run(tmp_path)
    assert not [record for record in records if record.achieved or record.unexpected], table(records)
    assert len(records) == len(hostile.attacks("notebooks"))


# A class of attackers, graded by the command -------------------------------------------------------------------------

NAMES = (
    '=HYPERLINK("http:evil","open")',
    "+1+cmd|' C calc'!A0",
    "<script>document.title='owned'<",
    "<img src=x onerror=document.title='owned'>",
    "\u202egpj.exe",
    "\x1b[2J\x1b]0;owned\x07",
    'two\nlines,"12"',
    "-rf *",
    "{{ 1234567 * 7 }}",
    "n" * 200,
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What `autograder grade` wrote about a class of attackers and one honest student, and what it printed."""
    folder = tmp_path_factory.mktemp("class")
    attacks = [attack for attack in hostile.attacks("injection") if attack.stage == "prototypes"]
    for number, name in enumerate(NAMES):
        hostile.build(attacks[number % len(attacks)], folder / "handed" / name, {}, None)
    for attack in attacks:
        hostile.build(attack, folder / "handed" / attack.slug, {}, None)
    hostile.copy_reference(folder / "handed" / "honest" / "stages")
    arguments = [str(folder / "handed"), "--output", str(folder / "out"), "--stage", "prototypes"]
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", *arguments],
        env=os.environ | {"OMP_NUM_THREADS": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out", done.stdout + done.stderr


def test_no_attacker_has_points_and_the_honest_student_has_all(reports: tuple[Path, str]) -> None:
    graded = json.loads((reports[0] / "results.json").read_text(encoding="utf-8"))["submissions"]
    assert len(graded) == len(NAMES) + 1 + len([a for a in hostile.attacks("injection") if a.stage == "prototypes"])
    assert {entry["student_id"] for entry in graded if entry["points"]} == {"honest"}
    assert [entry["points"] for entry in graded if entry["student_id"] == "honest"] == [6]


def test_no_page_runs_what_an_attacker_wrote(reports: tuple[Path, str]) -> None:
    pages = list(reports[0].rglob("*.html"))
    assert len(pages) > len(NAMES)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert signs.scripts_of(text, "owned") == []
        assert signs.scripts_of(text, "evil") == []
        assert "8641969" not in text


def test_no_file_and_no_terminal_gets_harmful_characters(reports: tuple[Path, str]) -> None:
    texts = {"the terminal": reports[1]}
    for path in reports[0].rglob("*"):
        if path.is_file() and not path.is_relative_to(reports[0] / ".grades"):
            texts[path.name] = path.read_text(encoding="utf-8-sig")
            assert path.resolve().is_relative_to(reports[0])
        assert signs.HARMFUL.search(path.name) is None
    assert [name for name, text in texts.items() if signs.HARMFUL.search(text)] == []


def test_no_cell_of_a_table_is_a_formula(reports: tuple[Path, str]) -> None:
    tables = list(reports[0].rglob("*.csv"))
    assert len(tables) >= 2
    for path in tables:
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t"))] == []


# The range itself: each of its signs can be seen ---------------------------------------------------------------------


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path / "range", dict.fromkeys(("neighbour", "home", "gradebook", "sibling"), "word"))
    yield ground
    ground.close()


def test_an_undisturbed_range_says_nothing(ground: Ground) -> None:
    assert ground.disturbed() == []


def test_the_range_sees_files_that_change_appear_and_vanish(ground: Ground) -> None:
    (ground.outbox / "new").touch()
    os.utime(ground.gradebook, (0, 0))
    (ground.home / ".ssh" / "id_canary").unlink()
    assert ground.disturbed() == [
        "the file outbox/new appeared",
        "the file home/.ssh/id_canary is gone",
        "the file gradebook.db changed",
    ]


def test_the_range_hears_every_listener(ground: Ground) -> None:
    import socket

    learnt = ground.learnt
    for name in ("UDP_PORT", "DNS_PORT"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(b"x", ("127.0.0.1", learnt[name]))
    socket.create_connection(("127.0.0.1", learnt["TCP_PORT"])).close()
    for address in (learnt["UNIX_PATH"], learnt["ABSTRACT"]):
        with socket.socket(socket.AF_UNIX) as out:
            out.connect(address)
    assert len(ground.disturbed()) == 5


def test_the_range_sees_processes_that_died_and_that_stayed(ground: Ground) -> None:
    ground.sibling.kill()
    ground.sibling.wait()
    with subprocess.Popen([sys.executable, "-S", "-c", "input()", ground.mark], stdin=subprocess.PIPE) as stayed:
        assert ground.disturbed() == ["a sibling process died", f"a process stayed: {stayed.pid}"]
        stayed.kill()


def test_the_range_finds_what_was_carried_out() -> None:
    found = signs.in_results([], "LOOT here, drawkcab and 706c616e74", ["backward", "plant"])
    assert len(found) == 3, found
    assert signs.in_results([], "nothing", ["word"]) == []
