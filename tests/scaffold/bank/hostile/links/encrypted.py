"""Hands in an archive that asks for a password, and a file that is cut off in the middle."""

STAGE = "distances"
GAIN = "a grader that waits for input, or falls over"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import zipfile

    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("stages/protonet.py", "x = 1\n" * 100)
    content = bytearray(archive.read_bytes())
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= 1
    archive.write_bytes(content)
