"""Hands in an archive in which the last part of a dot-dot path is a name that is allowed."""

STAGE = "distances"
GAIN = "a neighbour's stage replaced by the attacker's"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../neighbour/stages/protonet.py", "mine")
        file.writestr("stages/../../neighbour/stages/protonet.py", "mine")
