"""Raises an error that is a script, an image that loads from elsewhere, and the end of whatever is around it."""

STAGE = "prototypes"
GAIN = "a script in the instructor's browser, with the instructor's session"
OUTCOMES = ("error",)


def compute_prototypes(support: Tensor) -> Tensor:
    evil = "</td></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    print(evil)
    raise RuntimeError(evil + "{{ 7 * 7 }}<svg/onload=document.title='owned'>")
