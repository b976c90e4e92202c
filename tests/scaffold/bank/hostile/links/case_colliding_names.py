"""Hands in two files whose names differ in case only: one hides the other on some systems."""

STAGE = "distances"
GAIN = "one file for the reader and another for the grader"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("stages/protonet.py", "")
        file.writestr("stages/Protonet.py", "")
