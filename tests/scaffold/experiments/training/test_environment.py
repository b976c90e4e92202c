"""The command of a run can be given again."""

from __future__ import annotations

import shlex

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_the_command_of_a_report_can_be_pasted_into_a_shell(reference: None) -> None:
    from experiments.training.environment import reproduce

    given = ["--preset", "cpu", "--data-note", "a copy; 'small' & $cheap"]
    *_, experiment, preset, cpu, option, note = shlex.split(reproduce("simclr", given))
    assert [experiment, preset, cpu, option, note] == ["simclr", *given]
    assert reproduce("simclr", given[:2]).endswith("-m experiments simclr --preset cpu")
