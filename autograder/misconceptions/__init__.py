"""Known mistakes: `of("nt_xent")` are those of a stage. One module for each stage holds its `MISTAKES`."""

from __future__ import annotations

import importlib

from autograder import rubric
from autograder.misconceptions.mistake import Mistake


def of(stage_id: str) -> dict[str, Mistake]:
    """Returns the known mistakes of a stage by their ids.

    Raises:
        UnknownStageError: there is no such stage.
    """
    name = f"autograder.misconceptions.{rubric.get(stage_id).id}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return {}  # a stage of which none is known
    return {mistake.id: mistake for mistake in module.MISTAKES}
