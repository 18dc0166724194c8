"""What CloudFormation refuses before it changes anything: references to nothing, and imports of some types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from emulator.cloudformation.sagemaker_types import SageMakerType
from emulator.ministack import stack_hooks

_SUBSTITUTED = re.compile(r"\$\{(?!!)([^}.]+)[^}]*\}")
# SageMaker's types of the page. Models, endpoint configurations, endpoints and notebook instances are not among them.
_IMPORTED = frozenset(
    {
        "App",
        "AppImageConfig",
        "Cluster",
        "DataQualityJobDefinition",
        "Domain",
        "FeatureGroup",
        "Image",
        "InferenceComponent",
        "InferenceExperiment",
        "MlflowTrackingServer",
        "ModelBiasJobDefinition",
        "ModelCard",
        "ModelExplainabilityJobDefinition",
        "ModelPackage",
        "ModelPackageGroup",
        "ModelQualityJobDefinition",
        "MonitoringSchedule",
        "Pipeline",
        "Project",
        "Space",
        "StudioLifecycleConfig",
        "UserProfile",
    }
)
_ABSENT = "Resource of type '{type}' with identifier '{value}' was not found."


def add_imports(types: Mapping[str, SageMakerType]) -> None:
    """Let change sets take over what exists of those SageMaker `types` that CloudFormation imports.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
    """
    for name, type_ in types.items():
        if type_.kind.name in _IMPORTED:
            stack_hooks.make_importable(name, type_.identifier, type_.adopt, _problem(name, type_))
    stack_hooks.check_imports(_refuse)


def refuse_unresolved_references() -> None:
    """Refuse templates that name resources and parameters which they do not have, as CloudFormation does."""
    stack_hooks.check_templates(_check_references)


def _check_references(template: Mapping[str, Any]) -> None:
    # What a transform makes of a template is not known before.
    if template.get("Transform"):
        return
    known = {*template.get("Resources", {}), *template.get("Parameters", {})}
    for block in ("Resources", "Outputs"):
        unknown = sorted({name for name in _named(template.get(block, {})) if not name.startswith("AWS::")} - known)
        if unknown:
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] "
                f"in the {block} block of the template"
            )


def _named(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _named(each)
    elif isinstance(value, Mapping):
        for key, given in cast("Mapping[str, Any]", value).items():
            if key == "Ref" and isinstance(given, str):
                yield given
            elif key == "Fn::GetAtt":
                yield given[0] if isinstance(given, list) else str(given).partition(".")[0]
            elif key == "Fn::Sub":
                text, names = cast("tuple[str, dict[str, Any]]", given if isinstance(given, list) else (given, {}))
                yield from (name for name in _SUBSTITUTED.findall(text) if name not in names)
                yield from _named(names)
            else:
                yield from _named(given)


def _problem(name: str, type_: SageMakerType) -> Any:
    def problem(*values: str) -> str | None:
        value = "|".join(values)
        return None if type_.exists(value) else _ABSENT.format(type=name, value=value)

    return problem


def _refuse(types: frozenset[str]) -> None:
    refused = sorted(
        name for name in types if name.startswith("AWS::SageMaker::") and name.split("::")[-1] not in _IMPORTED
    )
    if refused:
        raise ValueError(f"ResourceTypes [{', '.join(refused)}] are not supported for Import")
