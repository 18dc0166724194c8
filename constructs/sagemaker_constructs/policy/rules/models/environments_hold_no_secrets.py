"""Secrets in plain sight."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sagemaker_constructs.core.templates.intrinsics import is_list, is_structure
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.rules.models.images_are_pinned import containers_in
from sagemaker_constructs.policy.secrets import is_secret

_ENVIRONMENTS: Mapping[str, tuple[str, ...]] = {
    "AWS::Batch::JobDefinition": ("ContainerProperties.Environment",),
    "AWS::Glue::Job": ("DefaultArguments",),
    "AWS::Lambda::Function": ("Environment.Variables",),
    "AWS::SageMaker::InferenceComponent": ("Specification.Container.Environment",),
    "AWS::SageMaker::Model": (),
    "AWS::SageMaker::ModelPackage": (),
    "CreateHyperParameterTuningJob": (
        "TrainingJobDefinition.Environment",
        "TrainingJobDefinition.StaticHyperParameters",
    ),
    "CreateProcessingJob": ("Environment",),
    "CreateTrainingJob": ("Environment", "HyperParameters"),
    "CreateTransformJob": ("Environment",),
}


class EnvironmentsHoldNoSecrets(PolicyRule):
    """Environment variables and hyperparameters hold no secrets: whoever may describe the resource reads them."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_ENVIRONMENTS, "environments-hold-no-secrets")
    page = f"{GUIDE}/data-protection.html"
    fix = "Keep the secret in Secrets Manager, pass its name, and let the role read this one."
    compliant: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model",
            {"PrimaryContainer": {"Environment": {"DATABASE_SECRET_ARN": "arn:aws:secretsmanager"}}},
        )
    }
    broken: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model", {"PrimaryContainer": {"Environment": {"DATABASE_PASSWORD": "correct-horse"}}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each variable; the message does not repeat the value."""
        for path, container in containers_in(subject):
            yield from _secrets(f"{path}.Environment", container.get("Environment"))
        for path in _ENVIRONMENTS[subject.type]:
            yield from _secrets(path, subject.value(path))


def _secrets(path: str, variables: Any) -> Iterator[Told]:
    listed = variables if is_list(variables) else []
    named = {str(each.get("Name")): each.get("Value") for each in listed if is_structure(each)}
    for name, value in (variables if is_structure(variables) else named).items():
        if is_secret(name, value):
            shown = re.sub(r"[^\w-]", "", name)
            yield f"{path}.{shown}", "a text that looks like a secret"
