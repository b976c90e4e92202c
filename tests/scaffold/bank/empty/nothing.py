"""Every function and class returns None."""


def answer(*args, **kwargs):
    return None
