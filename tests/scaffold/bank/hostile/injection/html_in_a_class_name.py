"""Raises an error whose class, and returns a value whose type, is a script: not the text but the name of it."""

STAGE = "conv_block"
GAIN = "a script in the instructor's browser, where only texts were escaped"
OUTCOMES = ("error", "wrong")

_Evil = type("<script>document.title='owned'</script>", (Exception,), {})


def conv_block(in_channels: int, out_channels: int) -> nn.Sequential:
    raise _Evil("<b>")


class ConvEncoder(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        raise _Evil("\x1b[2J")
