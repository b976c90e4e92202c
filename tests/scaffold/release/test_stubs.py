"""Region markers: what becomes a stub, byte for byte, and what is refused by file and line."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest

from autograder import rubric
from autograder.errors import UserError
from autograder.release import stubs

GIVEN = '"""A module."""\n\nimport torch  # kept\n\n\n'
DOUBLE = '''
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return torch.stack([x, x]).sum(dim=0)
    ### END SOLUTION
'''.strip("\n")
NET = '''
class Net:
    """A net."""

    def __init__(self, size):
        super().__init__()
        ### BEGIN SOLUTION
        self.weight = torch.zeros(size, size).fill_diagonal_(3.0)
        ### END SOLUTION
'''.strip("\n")
SOLUTION = "### BEGIN SOLUTION\nreturn x\n### END SOLUTION"


@pytest.fixture(autouse=True)
def maths(monkeypatch):
    """A rubric of one module with a function and a class."""
    stages = (
        rubric.Stage("alpha", "maths", "A", 5, ("double",), rubric.PROTONET, "here"),
        rubric.Stage("beta", "maths", "B", 5, ("Net",), rubric.PROTONET, "here"),
    )
    monkeypatch.setattr(rubric, "STAGES", stages)


def write(root: Path, text: str) -> Path:
    path = root / "solutions" / "stages" / "maths.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def function(body: str, name: str = "double") -> str:
    """A function with a docstring; its body begins in line 3."""
    return f'def {name}(x):\n    """Twice x."""\n{indent(body, "    ")}\n'


def test_a_stub_keeps_every_byte_outside_the_regions(tmp_path):
    before = f"{GIVEN}CONSTANT = 3\n\n\n# a comment …\ndef given():  # another\n    return  CONSTANT\n\n\n"
    between, after = "\n\n\n# ends here\n\n\n", "\n        self.size = size\n\n# the end, without a line end"
    source = stubs.parse(write(tmp_path, before + DOUBLE + between + NET + after))
    assert stubs.stub(source) == (
        before
        + 'def double(x):\n    """Twice x."""\n    raise NotImplementedError('
        + '"TODO alpha: write double as the docstring says; tests/test_maths.py shows it")'
        + between
        + 'class Net:\n    """A net."""\n\n    def __init__(self, size):\n        super().__init__()\n'
        + '        raise NotImplementedError("TODO beta: write Net.__init__ as the docstring says; '
        + 'tests/test_maths.py shows it")'
        + after
    )


def test_a_long_todo_is_wrapped(monkeypatch, tmp_path):
    stage = rubric.Stage("a_rather_long_name", "maths", "A", 5, ("double_" * 3,), rubric.PROTONET, "here")
    monkeypatch.setattr(rubric, "STAGES", (stage,))
    text = stubs.stub(stubs.parse(write(tmp_path, function(SOLUTION, "double_" * 3))))
    assert 'raise NotImplementedError(\n        "TODO a_rather_long_name: ' in text
    assert max(map(len, text.split("\n"))) <= 120


WRONG = {  # what is wrong: (the module, the line, part of the message)
    "unclosed": (function("### BEGIN SOLUTION\nreturn x"), 3, "never closed"),
    "unclosed before another": (
        function("### BEGIN SOLUTION\nx = 1") + function(SOLUTION, "Net"),
        7,
        "inside the region",
    ),
    "never opened": (function("return x\n### END SOLUTION"), 4, "without a `### BEGIN SOLUTION`"),
    "end before begin": (function("### END SOLUTION\nreturn x\n### BEGIN SOLUTION"), 3, "without a `### BEGIN"),
    "nested": (function(f"### BEGIN SOLUTION\nx = 1\n{SOLUTION}\n### END SOLUTION"), 5, "inside the region"),
    "two in a function": (function(f"{SOLUTION}\n{SOLUTION}"), 3, "more than one region"),
    "empty": (function("### BEGIN SOLUTION\n\n# nothing\n### END SOLUTION\nreturn x"), 3, "empty"),
    "two hashes": (function(SOLUTION.replace("### BEGIN", "## BEGIN")), 3, "looks like a marker"),
    "four hashes": (function(SOLUTION.replace("### END", "#### END")), 5, "looks like a marker"),
    "a slip": (function(SOLUTION.replace("BEGIN", "BEGN")), 3, "looks like a marker"),
    "another slip": (function(SOLUTION.replace("END SOLUTION", "END SOLUTIN")), 5, "looks like a marker"),
    "lower case": (function(SOLUTION.replace("BEGIN SOLUTION", "Begin Solution")), 3, "looks like a marker"),
    "joined": (function(SOLUTION.replace("### BEGIN SOLUTION", "# BEGINSOLUTION")), 3, "looks like a marker"),
    "no blank": (function(SOLUTION.replace("### END", "###END")), 5, "looks like a marker"),
    "one hash": (function(SOLUTION.replace("### END", "# end")), 5, "looks like a marker"),
    "more text": (function(SOLUTION.replace("END SOLUTION", "END SOLUTION of it")), 5, "looks like a marker"),
    "half of it": (function(SOLUTION.replace("END SOLUTION", "END")), 5, "looks like a marker"),
    "nbgrader's other marker": (function(f"### BEGIN HIDDEN TESTS\n{SOLUTION}"), 3, "looks like a marker"),
    "behind code": (function("x = 1  ### BEGIN SOLUTION\nreturn x\n### END SOLUTION"), 3, "looks like a marker"),
    "in a string": (function(f'{SOLUTION}\n"""\n    ### BEGIN SOLUTION\n"""'), 7, "within a string"),
    "in brackets": (function("return [\n### BEGIN SOLUTION\nx,\n### END SOLUTION\n]"), 4, "within brackets"),
    "in an if": (function(f"if x:\n{indent(SOLUTION, '    ')}"), 4, "not of a class"),
    "cuts an if": (function("if x:\n    x = 2\n### BEGIN SOLUTION\n    x = 3\nx = 4\n### END SOLUTION"), 5, "not of a"),
    "cuts the end": (function("### BEGIN SOLUTION\nx = 4\nif x:\n    x = 3\n### END SOLUTION\n    x = 2"), 3, ""),
    "cuts a header off": (
        function("### BEGIN SOLUTION\nx = 4\nif x:\n### END SOLUTION\n    x = 2"),
        3,
        "line 5 in two",
    ),
    "begins before the function": (
        f"### BEGIN SOLUTION\n{function('x = 1')}    ### END SOLUTION\n    x\n",
        1,
        "not of a",
    ),
    "cuts an else": (function("if x:\n    x = 2\n### BEGIN SOLUTION\nelse:\n    x = 3\n### END SOLUTION"), 5, ""),
    "cuts a call": (function("x = [\n1]\n### BEGIN SOLUTION\nif x:\n    x = 3\n### END SOLUTION\n    x"), 5, ""),
    "in a nested function": (function(f"def inner():\n{indent(SOLUTION, '    ')}"), 4, "not of a class"),
    "in a class": ("class Net:\n    ### BEGIN SOLUTION\n    a = 1\n    ### END SOLUTION\n", 2, "not of a class"),
    "in the module": ("### BEGIN SOLUTION\na = 1\n### END SOLUTION\n", 1, "not of a class"),
    "around a function": (f"### BEGIN SOLUTION\n{function('return x')}### END SOLUTION\n", 1, "not of a class"),
    "over two functions": (
        "def double(x):\n    ### BEGIN SOLUTION\n    return x\n\ndef Net(x):\n    y = x\n    ### END SOLUTION\n    x\n",
        2,
        "not of a class",
    ),
    "around the docstring": ('def double(x):\n    ### BEGIN SOLUTION\n    "A"\n    ### END SOLUTION\n', 2, "docstring"),
    "wrong indentation": (function(SOLUTION.replace("### END", "    ### END")), 5, "indented by 8"),
    "not in the rubric": (function(SOLUTION, "triple"), 3, "`triple` is in no stage"),
    "not Python": (function("### BEGIN SOLUTION\nreturn (x\n### END SOLUTION"), 4, "not Python"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_region_is_refused_by_file_and_line(what, tmp_path):
    text, line, message = WRONG[what]
    path = write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        stubs.parse(path, "solutions/stages/maths.py")
    assert str(caught.value).startswith(f"solutions/stages/maths.py, line {line}: "), caught.value
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "comment", ["# the solution of it", "# in the end a resolution", "# begin with solid ground", "# solution", "#"]
)
def test_an_ordinary_comment_is_no_marker(comment, tmp_path):
    source = stubs.parse(write(tmp_path, function(f"{comment}\n{SOLUTION}")))
    assert comment in stubs.stub(source)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{DOUBLE}\n", "solutions/stages/maths.py, line 1: `Net` of stage beta"),
        (
            f"{NET}\n{function('return x')}",
            "solutions/stages/maths.py, line 9: `double` of stage alpha has no solution",
        ),
        (None, "solutions/stages/maths.py does not exist"),
    ],
)
def test_every_name_of_the_rubric_has_a_region(text, message, tmp_path):
    if text is not None:
        write(tmp_path, text)
    with pytest.raises(UserError, match=re.escape(message)):
        stubs.parse_stages(tmp_path / "solutions", relative_to=tmp_path)
