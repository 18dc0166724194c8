"""What CloudFormation refuses before it changes anything: references to nothing, and imports of some types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.sagemaker_types import SageMakerType
from emulator.ministack import stack_hooks
from emulator.shapes.aws_rules import IMPORTED, breaches_of

_CREATE = "CreateChangeSet"
_ABSENT = "Resource of type '{type}' with identifier '{value}' was not found."


def add_imports(types: Mapping[str, SageMakerType]) -> None:
    """Let change sets take over what exists of those SageMaker `types` that CloudFormation imports.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
    """
    for name, type_ in types.items():
        if type_.kind.name in IMPORTED:
            stack_hooks.make_importable(name, type_.identifier, type_.adopt, _problem(name, type_))
    stack_hooks.check_imports(_check_imports)


def refuse_unresolved_references() -> None:
    """Refuse templates that name resources and parameters which they do not have, as CloudFormation does."""
    stack_hooks.check_templates(_check_references)


def _check_references(template: Mapping[str, Any]) -> None:
    for breach in breaches_of(_CREATE, {"Template": template}):
        raise ValueError(breach.at_run_time.replace("the Resources block", f"the {breach.path} block"))


def _problem(name: str, type_: SageMakerType) -> Any:
    def problem(*values: str) -> str | None:
        value = "|".join(values)
        return None if type_.exists(value) else _ABSENT.format(type=name, value=value)

    return problem


def _check_imports(types: frozenset[str]) -> None:
    given = {"ResourcesToImport": [{"ResourceType": name} for name in sorted(types)]}
    for breach in breaches_of(_CREATE, given):
        raise ValueError(breach.at_run_time)
