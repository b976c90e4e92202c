"""Hands in an archive with the same stage file twice."""

STAGE = "distances"
GAIN = "one file for the reader and another for the grader"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import warnings
    import zipfile

    with zipfile.ZipFile(archive, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.writestr("stages/protonet.py", "first")
        file.writestr("stages/protonet.py", "second")
