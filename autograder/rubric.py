"""The table of stages: what a student writes, where, and for how many points.

Everything that lists stages (the check table, the notebooks, the course, the suites, the reports) reads it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.errors import UnknownStageError

PROTONET = "1_prototypical_networks"
SIMCLR = "2_simclr"
WALL = 4.0  # in a worker, a stage's seconds are processor time; by the clock it may take this many times as long

# What a stage may import besides the standard library and the other files in stages/: the grader has these packages.
PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "PIL", "kornia", "tqdm", "typing_extensions")
PARTS = ("mpl_toolkits", "pylab", "functorch", "torchgen")  # they come with matplotlib and torch
PYTHON = (3, 10)  # the oldest Python that the grader may run: `requires-python` in pyproject.toml


@dataclass(frozen=True)
class Stage:
    """One graded step of the assignment.

    Attributes:
        id: the name by which students, tests and reports call it, such as `nt_xent`.
        module: the file it lives in: `stages/<module>.py`.
        title: a few words for tables and headings.
        points: what a full pass earns.
        names: the functions and classes the student writes there.
        notebook: the stem of the notebook that introduces it.
        source: where the method is defined.
        needs: ids of the stages whose code this one calls; while they fail, its own failure is `blocked`.
        heart: whether it is one of the six central stages.
        torchvision: whether running it imports torchvision (1 to 2 seconds that the other stages need not pay).
        seconds: how long its suite may take before it counts as hung.
        optional: those of the names that a submission may do without, since no test asks for them.
    """

    id: str
    module: str
    title: str
    points: int
    names: tuple[str, ...]
    notebook: str
    source: str
    needs: tuple[str, ...] = ()
    heart: bool = False
    torchvision: bool = False
    seconds: float = 20.0
    optional: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The names without which the stage cannot be graded."""
        return tuple(name for name in self.names if name not in self.optional)


STAGES: tuple[Stage, ...] = (
    Stage(
        id="read_omniglot",
        module="omniglot",
        title="Read Omniglot, rotate its classes",
        points=6,
        names=("read_omniglot", "rotate_classes"),
        notebook=PROTONET,
        source="Snell et al. 2017, section 3.1",
    ),
    Stage(
        id="sample_episode",
        module="episodes",
        title="Sample an episode",
        points=6,
        names=("sample_episode",),
        notebook=PROTONET,
        source="Snell et al. 2017, algorithm 1",
    ),
    Stage(
        id="conv_block",
        module="protonet",
        title="Encoder block and encoder",
        points=8,
        names=("conv_block", "ConvEncoder"),
        notebook=PROTONET,
        source="Snell et al. 2017, section 3.1",
        heart=True,
    ),
    Stage(
        id="prototypes",
        module="protonet",
        title="Class prototypes",
        points=6,
        names=("compute_prototypes",),
        notebook=PROTONET,
        source="Snell et al. 2017, equation 1",
        heart=True,
    ),
    Stage(
        id="distances",
        module="protonet",
        title="Squared Euclidean distances",
        points=8,
        names=("squared_euclidean",),
        notebook=PROTONET,
        source="Snell et al. 2017, section 2.3",
        heart=True,
    ),
    Stage(
        id="protonet_forward",
        module="protonet",
        title="Prototypical network: loss and predictions",
        points=10,
        names=("ProtoNet",),
        notebook=PROTONET,
        source="Snell et al. 2017, equation 2 and algorithm 1",
        needs=("prototypes", "distances"),
    ),
    Stage(
        id="protonet_training",
        module="protonet",
        title="Train on episodes",
        points=8,
        names=("train_protonet",),
        notebook=PROTONET,
        source="Snell et al. 2017, section 2.2",
    ),
    Stage(
        id="prediction_figure",
        module="report",
        title="Figure of predictions",
        points=4,
        names=("plot_predictions",),
        notebook=PROTONET,
        source="the assignment",
    ),
    Stage(
        id="two_views",
        module="simclr",
        title="Augmentation and two views",
        points=8,
        names=("simclr_augmentation", "two_views"),
        notebook=SIMCLR,
        source="Chen et al. 2020, section 2.1 and appendices A and B.9",
        torchvision=True,
        seconds=40.0,
    ),
    Stage(
        id="projection_head",
        module="simclr",
        title="Encoder and projection head",
        points=8,
        names=("ProjectionHead", "resnet18_encoder", "SimCLR"),
        notebook=SIMCLR,
        source="Chen et al. 2020, section 2.1 and appendix B.9",
        heart=True,
        torchvision=True,
        seconds=40.0,
    ),
    Stage(
        id="nt_xent",
        module="simclr",
        title="NT-Xent loss",
        points=12,
        names=("nt_xent_loss",),
        notebook=SIMCLR,
        source="Chen et al. 2020, equation 1 and algorithm 1",
        heart=True,
    ),
    Stage(
        id="simclr_training",
        module="simclr",
        title="Pretrain without labels",
        points=6,
        names=("train_simclr",),
        notebook=SIMCLR,
        source="Chen et al. 2020, algorithm 1",
        needs=("two_views", "nt_xent"),
    ),
    Stage(
        id="linear_probe",
        module="linear_eval",
        title="Linear probe on a frozen encoder",
        points=6,
        names=("FrozenEncoder", "freeze", "Classifier", "train_classifier", "accuracy"),
        optional=("FrozenEncoder",),
        notebook=SIMCLR,
        source="Chen et al. 2020, section 2.3 (linear evaluation protocol)",
        heart=True,
    ),
    Stage(
        id="comparison",
        module="report",
        title="Probe against baseline",
        points=4,
        names=("confidence_interval", "plot_comparison"),
        notebook=SIMCLR,
        source="Snell et al. 2017, section 3; Chen et al. 2020, section 4",
    ),
)

MODULES: tuple[str, ...] = tuple(dict.fromkeys(stage.module for stage in STAGES))
MAX_POINTS: int = sum(stage.points for stage in STAGES)
_BY_ID = {stage.id: stage for stage in STAGES}


def get(stage_id: str) -> Stage:
    """Returns the stage of that id.

    Raises:
        UnknownStageError: there is no such stage; the message lists the ids.
    """
    if stage_id not in _BY_ID:
        raise UnknownStageError(f"There is no stage {stage_id!r}. The stages are: {', '.join(_BY_ID)}.")
    return _BY_ID[stage_id]


def select(stage_ids: Iterable[str] | None) -> tuple[Stage, ...]:
    """Returns the named stages in the rubric's order, or all of them if none is named.

    Raises:
        UnknownStageError: one of the ids is not in the rubric.
    """
    wanted = {get(stage_id).id for stage_id in stage_ids or ()}
    return tuple(stage for stage in STAGES if not wanted or stage.id in wanted)


def selected(words: Iterable[str] | None) -> tuple[Stage, ...]:
    """Returns the stages that `--stage` names; a word may hold several ids with commas or spaces between."""
    return select(name for word in words or () for name in re.split(r"[,\s]+", word.strip()) if name)


def stage_of_name(module: str, name: str) -> Stage | None:
    """Returns the stage for which a student writes `name` in `stages/<module>.py`, or None if it is given code."""
    for stage in STAGES:
        if stage.module == module and name in stage.names:
            return stage
    return None
