"""Images by tags that move."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sagemaker_constructs.core.templates.intrinsics import flat_text
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)

_MOVING = {"", "latest", "stable", "current", "edge", "nightly", "main", "master", "dev", "test", "staging", "prod"}
_CONTAINERS: Mapping[str, tuple[str, ...]] = {
    "AWS::SageMaker::Model": ("PrimaryContainer", "Containers"),
    "AWS::SageMaker::ModelPackage": ("InferenceSpecification.Containers",),
    "AWS::SageMaker::InferenceComponent": ("Specification.Container",),
    "CreateTrainingJob": ("AlgorithmSpecification",),
    "CreateProcessingJob": ("AppSpecification",),
}


class ImagesArePinned(PolicyRule):
    """A container's image is named by its digest, or by a tag that no later image takes."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_CONTAINERS, "images-are-pinned")
    page = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html"
    fix = "Name the image's digest, or a tag of one version in a repository with immutable tags."
    compliant: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model",
            {"PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"}},
        )
    }
    broken: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model",
            {"PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:latest"}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The image of each container."""
        for path, container in containers_in(subject):
            for name in ("Image", "TrainingImage", "ImageUri"):
                image = flat_text(container.get(name))
                last = image.rpartition("/")[2]
                is_known = image and not last.endswith("}") and "@" not in last
                if is_known and last.partition(":")[2] in _MOVING:
                    yield f"{path}.{name}", image


def containers_in(subject: TemplateResource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Path and content of each container of a model, package, component or job."""
    for path in _CONTAINERS.get(subject.type, ()):
        found = subject.value(path)
        if isinstance(found, Mapping):
            yield path, found
        else:
            yield from subject.members(path)
