"""Every function returns what it was given first; so does every module."""

from torch import nn


def answer(*args, **kwargs):
    return args[0] if args else nn.Identity()
