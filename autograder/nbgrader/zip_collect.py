"""The extractor of `nbgrader zip_collect`, in place of the stock one.

The stock one unpacks whatever an archive holds, nested archives too, and the collector then takes the students' ids
from the names that it finds there: so one student's archive could hand in for another. This one writes only files of
the allow-list to `<student>-hw1/`, named after the archive itself, and skips what it refuses, with a warning.
"""

# nbgrader has no types:
# mypy: allow-subclassing-any

from __future__ import annotations

import tempfile
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin

from autograder.errors import UserError
from autograder.submissions import collect


class SafeExtractor(ExtractorPlugin):
    """Extracts by the rules of `autograder collect`; one bad archive costs no other student anything."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Writes each student's files to their own folder.

        Args:
            archive_path: holds `<student>-hw<NN>.zip`, `<student>.zip` or folders `<student>/`.
            extracted_path: where `<student>-hw1/` goes.
        """
        try:
            with tempfile.TemporaryDirectory(prefix=".collecting-", dir=Path(extracted_path).parent) as folder:
                done, others = collect.collect(Path(archive_path), Path(folder, "work"))
                for item in done:
                    name = item.submission.student_id
                    if item.folder is None:
                        self.log.warning("%s was refused: %s", name, item.refused)
                        continue
                    if item.ignored:
                        self.log.warning("%s: not read: %s", name, ", ".join(item.ignored))
                    for sentence in item.near:
                        self.log.warning("%s: %s.", name, sentence)
                    item.folder.rename(Path(extracted_path, f"{name}-hw1"))
        except UserError as error:
            self.log.warning("%s", error)
            return
        for name in others:
            self.log.warning("%s is not a submission: neither a folder nor <student>-hw01.zip", name)
