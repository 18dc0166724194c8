"""The platform's table: its rows name what exists, a new row is all that is listed, and stacks load when needed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from constructs import Construct
from pydantic import Field

from harness.platform_templates import PROJECT
from stacks import settings, stage
from stacks.configuration.documentation import configuration_page
from stacks.configuration.schema import json_schema
from stacks.configuration.section import SettingsSection
from stacks.foundation.stack import FoundationStack
from stacks.platform import CAPABILITIES, STACKS, Capability

ECHO = Capability("serving.echo_back", "An endpoint that says what it was told.")
CONFIGURATION = """\
platform: ml-platform
environment: dev
region: eu-central-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  echo_back: {loudness: 11}
"""
# What a synth of the file $1 has loaded of the stacks.
LOADED = """
import pathlib, sys
import aws_cdk, stacks.settings, stacks.stage
settings = stacks.settings.load_settings(pathlib.Path(sys.argv[1]))
stacks.stage.Platform(aws_cdk.App(), "dev", settings=settings)
print(*sorted(name for name in sys.modules if name.startswith("stacks.serving.") and name.endswith(".stack")))
"""


class EchoBackSettings(SettingsSection):
    """What the echo is told."""

    loudness: Annotated[int, Field(ge=1, le=11)] = 3
    """How loud it answers."""


class EchoBackStack(cdk.Stack):
    def __init__(
        self, scope: Construct, name: str, *, settings: EchoBackSettings, stack_name: str, **rest: object
    ) -> None:
        super().__init__(scope, name, stack_name=stack_name)
        assert isinstance(rest["foundation"], FoundationStack)
        cdk.CfnOutput(self, "Loudness", value=str(settings.loudness))


@pytest.fixture
def _echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A platform with one more row, and the two modules of its room."""
    for name, owner in (("settings", EchoBackSettings), ("stack", EchoBackStack)):
        module = ModuleType(f"stacks.serving.echo_back.{name}")
        module.__dict__[owner.__name__] = owner
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "stacks.serving.echo_back", ModuleType("stacks.serving.echo_back"))
    for module in (settings, stage):
        monkeypatch.setattr(module, "CAPABILITIES", (*CAPABILITIES, ECHO))
    settings.platform_model.cache_clear()
    yield
    settings.platform_model.cache_clear()


@pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda capability: capability.id)
def test_a_row_names_settings_and_a_stack(capability: Capability) -> None:
    assert issubclass(capability.settings(), SettingsSection)
    assert issubclass(capability.stack(), cdk.Stack)
    assert capability.meaning.endswith(".")


def test_no_two_stacks_have_one_name() -> None:
    assert len({*STACKS}) == len(STACKS) == len(CAPABILITIES) + 2


@pytest.mark.usefixtures("_echo")
def test_a_row_is_a_key_of_the_file_a_section_of_the_page_and_a_stack(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(CONFIGURATION)

    model = settings.platform_model()
    loaded = settings.load_settings(file)
    platform = stage.Platform(cdk.App(outdir=str(tmp_path / "cdk.out")), "dev", settings=loaded)

    assert "echo_back" in json_schema(model)["$defs"]["ServingSettings"]["properties"]
    assert "| `echo_back` | see below | none | An endpoint that says what it was told. |" in configuration_page(model)
    stacks = [child for child in platform.node.children if isinstance(child, cdk.Stack)]
    assert [stack.node.id for stack in stacks] == ["foundation", "training", "echo-back"]
    assert [stack.stack_name for stack in stacks][-1] == "ml-platform-dev-echo-back"
    assert Template.from_stack(stacks[-1]).to_json()["Outputs"]["Loudness"]["Value"] == "11"


def test_without_its_row_the_key_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(CONFIGURATION)
    with pytest.raises(settings.SettingsError, match=r"serving\.echo_back: unknown key"):
        settings.load_settings(file)


@pytest.mark.whole
def test_only_stacks_whose_section_is_there_are_loaded(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(CONFIGURATION.replace("echo_back: {loudness: 11}", "serverless: {}"))
    command = [sys.executable, "-c", LOADED, str(file)]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=900)
    assert run.stdout.split() == ["stacks.serving.serverless.stack"]
