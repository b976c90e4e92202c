"""Hands in an archive of 70 000 empty files, and archives within archives."""

STAGE = "distances"
GAIN = "a grader that unpacks until the class is over"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        for number in range(20_000):
            file.writestr(f"stages/s{number}.py", "")
        file.writestr("inner.zip", b"PK\x05\x06" + bytes(18))
