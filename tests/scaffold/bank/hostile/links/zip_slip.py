"""Hands in an archive whose names lead out of it: `..`, an absolute path, a drive, backslashes."""

STAGE = "distances"
GAIN = "a file of the attacker's anywhere on the instructor's machine"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("stages/protonet.py", "")
        for name in (f"../{ground.outbox.name}/slip", str(ground.outbox / "slip"), "..\\..\\slip", "C:\\slip"):
            file.writestr(name, "mine")
