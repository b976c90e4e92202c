"""Every field of a configuration is an option with its text, and presets are the defaults."""

from __future__ import annotations

import dataclasses

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_every_option_is_documented_and_every_preset_can_be_given() -> None:

    from experiments import protonet, simclr
    from experiments.training.config import documentation, parse
    from experiments.training.run import Options

    assert documentation(Options)["output"].startswith("where to write;")
    assert documentation(Options)["output"].endswith("Empty for `runs/<preset>`.")
    assert documentation(Options)["data_root"].endswith("unless this is given.")
    for module, config_class in ((protonet, protonet.ProtoNetConfig), (simclr, simclr.SimCLRConfig)):
        for owner in (config_class, Options):
            assert set(documentation(owner)) == {field.name for field in dataclasses.fields(owner)}
        for name, preset in module.PRESETS.items():
            config, options, _ = parse(["--preset", name, "--seed", "4"], "x", module.PRESETS, Options)
            assert config == dataclasses.replace(preset, seed=4)
            assert options.preset == name
