"""The hostile part of the bank, at the best level of the sandbox that this machine has: nothing is achieved."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import attack_range
import attack_signs
import pytest
from bank import hostile

from autograder.grading import sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
]
GROUPS = [group for group in hostile.CLASSES if group != "notebooks"]


@pytest.fixture(scope="module")
def level() -> str:
    """The best level here."""
    return sandbox.best().level


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
def test_attacks_achieve_nothing(group: str, level: str, tmp_path: Path) -> None:
    records = attack_range.run_all(level, hostile.attacks(group), tmp_path)
    assert not [record for record in records if record.achieved or record.unexpected], attack_range.table(records)
    assert all(record.points == 0 for record in records)
    assert len(records) == len(hostile.attacks(group)) + 1


# The range itself: each of its signs can be seen ---------------------------------------------------------------------


@pytest.fixture
def ground(tmp_path: Path) -> attack_range.Ground:
    ground = attack_range.Ground(
        tmp_path / "range", dict.fromkeys(("neighbour", "home", "gradebook", "sibling"), "word")
    )
    yield ground
    ground.close()


def test_an_undisturbed_range_says_nothing(ground: attack_range.Ground) -> None:
    assert ground.disturbed() == []


def test_the_range_sees_files_that_change_appear_and_vanish(ground: attack_range.Ground) -> None:
    (ground.outbox / "new").touch()
    os.utime(ground.gradebook, (0, 0))
    (ground.home / ".ssh" / "id_canary").unlink()
    assert ground.disturbed() == [
        "the file outbox/new appeared",
        "the file home/.ssh/id_canary is gone",
        "the file gradebook.db changed",
    ]


def test_the_range_hears_every_listener(ground: attack_range.Ground) -> None:
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


def test_the_range_sees_processes_that_died_and_that_stayed(ground: attack_range.Ground) -> None:
    ground.sibling.kill()
    ground.sibling.wait()
    with subprocess.Popen([sys.executable, "-S", "-c", "input()", ground.mark], stdin=subprocess.PIPE) as stayed:
        assert ground.disturbed() == ["a sibling process died", f"a process stayed: {stayed.pid}"]
        stayed.kill()


def test_the_range_finds_what_was_carried_out() -> None:
    found = attack_signs.in_results([], "LOOT here, drawkcab and 64726177", ["backward", "draw"])
    assert len(found) == 3, found
    assert attack_signs.in_results([], "nothing", ["word"]) == []
