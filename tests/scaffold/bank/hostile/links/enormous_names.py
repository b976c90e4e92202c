"""Hands in an archive whose names are 60 000 characters long, and some with zero bytes and line breaks."""

STAGE = "distances"
GAIN = "a report that nobody can read, or a buffer that overflows"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("stages/" + "a" * 60_000 + ".py", "")
        file.writestr("stages/b\nc\x1b[2J.py", "")
