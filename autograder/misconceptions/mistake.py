"""What a known mistake is: an id, and what a student is told who makes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A mistake that people make in a stage.

    The wrong entries of the bank (`tests/scaffold/bank/wrong/<stage>/`) are its executable side: each of them makes one
    mistake, the one that its `# mistake:` line names or else the one that is called like the file.

    Attributes:
        id: its name, unique within the stage.
        sentence: one or two sentences in the second person: what the code does, and why that is wrong. It is true of
            every entry, gives no expected value, and shows no solution.
        next_step: what to do or to look at; empty where the sentence says it.
        source: where the paper or the library says so; empty where the stage's docstring does.
    """

    id: str
    sentence: str
    next_step: str = ""
    source: str = ""

    @property
    def text(self) -> str:
        """What to show: the sentence, the next step and the source."""
        source = f"({self.source})" if self.source else ""
        return " ".join(filter(None, (self.sentence, self.next_step, source)))
