"""Runs this project's own program as `make reference PRESET=cpu` does, with a stopwatch inside its training loops.

Nothing of the loops is repeated here. The stages `train_protonet` and `train_simclr` take the model, the batches, the
optimiser and the function that logs; they get the same ones, each with a call of the stopwatch before or after.
Torch is not imported here at the top: the program says a few things to it first.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from stopwatch import Stopwatch


def episodes(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Trains a Prototypical Network; an item is an episode."""
    _run("protonet", watch, settings)


def simclr(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Pretrains with SimCLR; an item is a photograph, of which the loss sees two views."""
    _run("simclr", watch, settings)


def evaluation(watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Tests Prototypical Networks in all settings; an item is the whole, embedding the images included.

    Every network embeds the images once, for the settings that are its own.
    """
    from experiments.acceleration import malloc

    malloc.keep()
    import torch
    from baselines import evaluation_task
    from experiments.evaluation import few_shot

    torch.set_num_threads(settings["threads"])

    encoder, images, labels = evaluation_task(settings)
    watch.begin()
    while True:
        for network in settings["networks"]:
            nearest = {shots: min(settings["networks"], key=lambda k: abs(k - shots)) for shots in settings["shots"]}
            few_shot.evaluate(
                encoder, images, labels, settings["ways"], [k for k in nearest if nearest[k] == network],
                settings["n_query"], settings["n_episodes"], 0, torch.device("cpu"),
            )  # fmt: skip
        watch.step()


def _run(experiment: str, watch: Stopwatch, settings: dict[str, Any]) -> None:
    """Calls the program; its experiment's module is instrumented as soon as the program has imported it."""
    import_module = importlib.import_module

    def importing(name: str, package: str | None = None) -> ModuleType:
        module = import_module(name, package)
        if name == f"experiments.{experiment}":
            stage = f"train_{experiment}"
            setattr(module, stage, timed(getattr(module, stage), watch))
        return module

    importlib.import_module = importing
    try:
        from experiments.__main__ import main

        status = main([experiment, *settings["arguments"]])
    finally:
        importlib.import_module = import_module
    raise SystemExit(f"the program ended by itself (status {status})")


def timed(train: Callable[..., None], watch: Stopwatch) -> Callable[..., None]:
    """Wraps `train_protonet` or `train_simclr`: the same training, with the stopwatch told of every part of a step."""
    from torch import Tensor

    signature = inspect.signature(train)
    begun = False

    def wrapper(*arguments: Any, **keywords: Any) -> None:
        nonlocal begun
        given = signature.bind(*arguments, **keywords).arguments
        items = 0

        def batches(source: Iterable[Any]) -> Iterator[Any]:
            nonlocal items
            for batch in source:
                watch.mark("data")
                items = len(batch) if isinstance(batch, Tensor) else 1
                yield batch

        def log(step: int, values: dict[str, float], inner: Callable[..., None] = given["log"]) -> None:
            inner(step, values)
            watch.step(items)

        def backward(*arguments: Any, **keywords: Any) -> None:
            watch.mark("forward")  # the loss is a part of it
            inner_backward(*arguments, **keywords)
            watch.mark("backward")

        source = "episodes" if "episodes" in given else "batches"
        given[source], given["log"] = batches(given[source]), log
        hooks = [
            given["model"].register_forward_pre_hook(lambda *_: watch.mark("other")),
            given["optimizer"].register_step_pre_hook(lambda *_: watch.mark("other")),
            given["optimizer"].register_step_post_hook(lambda *_: watch.mark("optimiser")),
        ]
        if "augmentation" in given:
            hooks.append(given["augmentation"].register_forward_hook(lambda *_: watch.mark("augmentation")))
        for module in given["model"].modules():
            if type(module).__name__ == "Distortion":  # augmentation inside the network
                hooks.append(module.register_forward_pre_hook(lambda *_: watch.mark("forward")))
                hooks.append(module.register_forward_hook(lambda *_: watch.mark("augmentation")))
        inner_backward = Tensor.backward
        Tensor.backward = backward  # type: ignore[method-assign]
        if not begun:
            begun = True
            watch.begin()
        try:
            train(**given)
        finally:
            Tensor.backward = inner_backward  # type: ignore[method-assign]
            for hook in hooks:
                hook.remove()

    return wrapper
