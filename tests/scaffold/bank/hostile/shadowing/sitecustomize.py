"""Hands in what Python imports by itself at its start: sitecustomize, usercustomize, and a .pth file."""

STAGE = "prototypes"
GAIN = "code that runs before the grader's"
KIND = "folder"
OUTCOMES = ("error",)


def plant(submission, ground):
    mark = str(ground.outbox / "site")
    for folder in (submission, submission / "stages"):
        for name in ("sitecustomize", "usercustomize"):
            (folder / f"{name}.py").write_text(f"open({mark!r}, 'a').write(__name__)\n")
        (folder / "evil.pth").write_text(f"import os; open({mark!r}, 'a').write('pth')\n")
