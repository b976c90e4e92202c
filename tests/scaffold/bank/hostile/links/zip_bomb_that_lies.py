"""Hands in an archive whose table of contents says 10 bytes where 100 MB come out."""

STAGE = "distances"
GAIN = "a full disk or a full memory, past a check of the announced size"
KIND = "archive"
OUTCOMES = ("refused", "error")


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("stages/protonet.py", b"#" * (100 << 20))
    content = archive.read_bytes()
    archive.write_bytes(content.replace((100 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
