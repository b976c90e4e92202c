"""The command line, built from the configuration dataclasses: an option for each field; its help is the text below."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

Config = TypeVar("Config")


def documentation(config_class: type) -> dict[str, str]:
    """Returns the text on the line after each field of a dataclass, by field."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(config_class))).body
    found: dict[str, str] = {}
    for pair in itertools.pairwise(definition.body):  # type: ignore[attr-defined]
        match pair:
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text)))):
                found[name] = " ".join(text.split())
    return found


def add_options(parser: argparse.ArgumentParser, config_class: type, defaults: Any) -> None:
    """Adds `--field-name` for each field of a dataclass; `defaults` is the instance with the default values."""
    texts = documentation(config_class)
    hints = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        if field.name == "preset":
            continue  # it chose the defaults
        value = getattr(defaults, field.name)
        shown = " ".join(map(str, value)) if isinstance(value, tuple) else value
        default = "" if value in (None, "", False) else f" [{shown}]"
        help_text = (texts[field.name] + default).replace("%", "%%")
        options: dict[str, Any] = {"dest": field.name, "default": value, "help": help_text}
        parser.add_argument("--" + field.name.replace("_", "-"), **options, **_kind(hints[field.name]))


def _kind(hint: Any) -> dict[str, Any]:
    """Returns the argparse settings for one annotation: int, float, str, Path, bool, a Literal or a tuple of these."""
    if hint is bool:
        return {"action": argparse.BooleanOptionalAction}
    if typing.get_origin(hint) is Literal:
        return {"choices": typing.get_args(hint)}
    if typing.get_origin(hint) is tuple:
        return {"nargs": "+", "metavar": "VALUE", **_kind(typing.get_args(hint)[0])}
    if typing.get_origin(hint) in (Union, types.UnionType):  # Path | None
        return _kind(next(part for part in typing.get_args(hint) if part is not type(None)))
    return {"type": hint, "metavar": {int: "N", float: "X", Path: "PATH"}.get(hint, "TEXT")}


def parse(
    argv: Sequence[str], experiment: str, presets: Mapping[str, Config], options_class: type
) -> tuple[Config, Any, list[str]]:
    """Reads the command line: first the preset, whose values are the defaults of everything else.

    Returns:
        The experiment's configuration, the run's options, and `argv` as given.
    """
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--preset", choices=list(presets), default="cpu")
    preset = first.parse_known_args(argv)[0].preset
    parser = argparse.ArgumentParser(
        prog=f"python -m experiments {experiment}",
        description=f"The defaults shown in brackets are those of the preset {preset!r}.",
        allow_abbrev=False,
    )
    parser.add_argument("--preset", choices=list(presets), default="cpu", help="which set of defaults [cpu]")
    add_options(parser.add_argument_group("run"), options_class, options_class())  # type: ignore[arg-type]
    config_class = type(presets[preset])
    add_options(parser.add_argument_group("experiment"), config_class, presets[preset])  # type: ignore[arg-type]
    given = vars(parser.parse_args(argv))
    config = config_class(**_fields(config_class, given))
    return config, options_class(**_fields(options_class, given)), list(argv)


def _fields(config_class: type, given: dict[str, Any]) -> dict[str, Any]:
    values = {field.name: given[field.name] for field in dataclasses.fields(config_class) if field.name in given}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
