"""Hands in a package `stages/protonet/`, which Python prefers to `stages/protonet.py`, and an extension module."""

STAGE = "prototypes"
GAIN = "code that the reader of the source never sees"
KIND = "folder"
OUTCOMES = ("error",)


def plant(submission, ground):
    import sysconfig

    package = submission / "stages" / "protonet"
    package.mkdir()
    source = (submission / "stages" / "protonet.py").read_text()
    solved = "\n\ndef compute_prototypes(support):\n    return support.mean(dim=1)\n"
    (package / "__init__.py").write_text(source + solved + f"open({str(ground.outbox / 'package')!r}, 'w').close()\n")
    (submission / "stages" / f"protonet{sysconfig.get_config_var('EXT_SUFFIX')}").write_bytes(b"\x7fELF")
