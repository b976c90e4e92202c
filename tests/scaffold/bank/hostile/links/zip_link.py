"""Hands in an archive that holds a symbolic link to the gradebook, and a file below that link."""

STAGE = "distances"
GAIN = "the gradebook's content in the feedback"
KIND = "archive"
OUTCOMES = ("refused",)


def pack(archive, ground):
    import stat
    import zipfile

    link = zipfile.ZipInfo("stages/protonet.py")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(link, str(ground.gradebook))
