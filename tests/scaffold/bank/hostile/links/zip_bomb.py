"""Hands in an archive of 200 kB that unpacks to 200 MB."""

STAGE = "distances"
GAIN = "a full disk or a full memory"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file, file.open("stages/protonet.py", "w") as inner:
        for _ in range(200):
            inner.write(b"#" * (1 << 20))
