"""The templates of the whole platform, synthesized once per environment."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from stacks.settings import load_settings
from stacks.stage import Platform

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "minimal", "staging", "prod")


@dataclass(frozen=True)
class SynthesizedStack:
    environment: str
    name: str
    path: Path

    @property
    def template(self) -> dict[str, Any]:
        return json.loads(self.path.read_text())

    def resources(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Logical id → resource, of the types that start with ``prefix``."""
        found = self.template["Resources"].items()
        return {name: resource for name, resource in found if resource["Type"].startswith(prefix)}


def build(environment: str, outdir: str) -> cdk.App:
    """The app as app.py builds it."""
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    app = cdk.App(context=context, outdir=outdir)
    Platform(app, environment, settings=load_settings(PROJECT / "config" / f"{environment}.yaml"))
    return app


def section_template(folder: Path, text: str, section: str) -> Template:
    """The template of a section's stack, of a configuration that is written into a folder."""
    file = folder / "dev.yaml"
    file.write_text(text)
    platform = Platform(cdk.App(outdir=str(folder / "cdk.out")), "dev", settings=load_settings(file))
    [stack] = [each for each in platform.node.children if isinstance(each, cdk.Stack) and each.node.id == section]
    return Template.from_stack(stack)


@cache
def synthesized(environment: str) -> Sequence[SynthesizedStack]:
    assembly = build(environment, mkdtemp(prefix="platform-")).synth()
    nested = assembly.get_nested_assembly(f"assembly-{environment}")
    return tuple(
        SynthesizedStack(
            environment, stack.display_name.partition("/")[2].split(" ")[0], Path(stack.template_full_path)
        )
        for stack in nested.stacks
    )


def all_stacks() -> list[SynthesizedStack]:
    return [stack for environment in ENVIRONMENTS for stack in synthesized(environment)]
