"""What SageMaker answers about a resource that does not exist, where it is not the usual answer.

Clients tell by it that something is gone. Codes and words are those that the AWS provider of Terraform
(`internal/service/sagemaker`), https://github.com/aws/aws-sdk/issues/165 and
https://github.com/aws/amazon-sagemaker-examples/issues/2244 report of the service.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.shapes.errors import ServiceError

_INVALID, _MISSING = "ValidationException", "ResourceNotFound"

_ANSWERS: Mapping[str, tuple[str, str]] = {
    "App": (_INVALID, "RecordNotFound"),
    "AppImageConfig": (_MISSING, "AppImageConfig {arn} does not exist."),
    "AutoMLJob": (_MISSING, "Amazon SageMaker can't find an AutoML job called {name}."),
    "AutoMLJobV2": (_MISSING, "Amazon SageMaker can't find an AutoML job called {name}."),
    "CodeRepository": (_INVALID, "Cannot find CodeRepository: {arn}"),
    "DeviceFleet": (_INVALID, "No devicefleet with name: {name}"),
    "Image": (_MISSING, "No Image with the name {name} found."),
    "ModelPackage": (_INVALID, "ModelPackage {arn} does not exist."),
    "ModelPackageGroup": (_INVALID, "ModelPackageGroup {arn} does not exist."),
    "NotebookInstance": (_INVALID, "RecordNotFound"),
    "NotebookInstanceLifecycleConfig": (
        _INVALID,
        "Unable to describe Notebook Instance Lifecycle Config '{arn}'. (Details: RecordNotFound)",
    ),
    "ProcessingJob": (_INVALID, "Could not find requested job with name: {name}"),
    "Project": (_INVALID, "Project {name} does not exist."),
    "Space": (_INVALID, "RecordNotFound"),
    "TrainingJob": (_INVALID, "Requested resource not found."),
    "TransformJob": (_INVALID, "Could not find requested job with name: {name}"),
    "Workforce": (_INVALID, "No workforce found with name {name}."),
    "Workteam": (_INVALID, "The work team {name} does not exist."),
}


def missing(kind: str, name: str, arn: str) -> ServiceError | None:
    """The answer about a resource that is not there; None for kinds that answer as most do."""
    if kind not in _ANSWERS:
        return None
    code, message = _ANSWERS[kind]
    return ServiceError(code, message.format(name=name, arn=arn))
