"""What ``cdk synth`` has written: its stacks, and the definitions of their pipelines."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, read_definition

_PLACE = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Stack:
    """A stack as it is deployed; ``after`` are the ids of those before it, and ``folder`` has its assets."""

    id: str
    name: str
    template: Mapping[str, Any]
    after: tuple[str, ...]
    folder: Path

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Its resources by logical id."""
        return self.template.get("Resources", {})

    def pipelines(self) -> Iterator[tuple[str, PipelineReading]]:
        """Name and definition of each pipeline. Raises ValueError for a definition that cannot be read."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == "AWS::SageMaker::Pipeline":
                reading = read_definition(self._definition(resource["Properties"]["PipelineDefinition"]))
                if reading is None:
                    raise ValueError(f"{self.name}.{logical_id}: its definition is not in what was synthesized")
                yield flat(resource["Properties"].get("PipelineName", f"{self.name}-{logical_id}")), reading

    def _definition(self, given: Mapping[str, Any]) -> str:
        """The text of a definition, which stands in an asset where it is too long; empty where it is nowhere."""
        if "PipelineDefinitionBody" in given:
            return flat(given["PipelineDefinitionBody"])
        key = given["PipelineDefinitionS3Location"]["Key"]
        stored = self.resources.get(flat(key), {}).get("Properties", {})
        asset = self.folder / f"asset.{flat(stored.get('SourceKey', key))}"
        return flat({"Fn::Sub": [asset.read_text(), stored.get("Values", {})]}) if asset.exists() else ""


def stacks_of(assembly: Path) -> Iterator[Stack]:
    """Every stack of an assembly and of those inside it."""
    manifest = json.loads((assembly / "manifest.json").read_text())
    artifacts: Mapping[str, Mapping[str, Any]] = manifest["artifacts"]
    stacks = {name for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"}
    for name, artifact in artifacts.items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from stacks_of(assembly / properties["directoryName"])
        elif name in stacks:
            template = json.loads((assembly / properties["templateFile"]).read_text())
            after = tuple(sorted(stacks.intersection(artifact.get("dependencies", ()))))
            yield Stack(name, properties.get("stackName", name), template, after, assembly)


def flat(value: object) -> str:
    """Text of a template, where references that only a deployment fills in stand as their names."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return str(value)
    [(function, given)] = cast(Mapping[str, Any], value).items()
    match function:
        case "Fn::Sub":
            text, names = cast("tuple[str, dict[str, object]]", (given, {}) if isinstance(given, str) else given)
            return _PLACE.sub(lambda found: "${" + found[2] + "}" if found[1] else _filled(found[2], names), text)
        case "Fn::Join":
            return given[0].join(flat(each) for each in given[1])
        case "Fn::GetAtt":
            return str(given[0])
        case "Ref":
            return str(given).rpartition("::")[2]
        case _:
            return function.removeprefix("Fn::")


def _filled(name: str, names: Mapping[str, object]) -> str:
    return flat(names[name]) if name in names else name.rpartition("::")[2].partition(".")[0]
