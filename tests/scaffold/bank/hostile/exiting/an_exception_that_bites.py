"""Raises an exception that is no `Exception`, whose text, class name and traceback raise again when they are read."""

STAGE = "prototypes"
GAIN = "a grader that falls over while it explains"
OUTCOMES = ("error", "crashed", "tampered")


class Meta(type):
    __name__ = property(lambda kind: 1 / 0)
    __mro__ = property(lambda kind: 1 / 0)


class Bite(BaseException, metaclass=Meta):
    def __str__(self):
        raise Bite

    __repr__ = __str__
    __traceback__ = property(lambda self: 1 / 0)
    args = property(lambda self: 1 / 0)


def compute_prototypes(support: Tensor) -> Tensor:
    raise Bite
