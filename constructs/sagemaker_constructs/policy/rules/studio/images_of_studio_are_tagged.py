"""Security Hub SageMaker.6 and SageMaker.7."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    CONTROLS,
    PolicyRule,
    Resources,
    Told,
    resource,
)


class ImagesOfStudioAreTagged(PolicyRule):
    """An image of Studio and its configuration have tags, by which access and cost are told apart."""

    ids: ClassVar[Mapping[str, str]] = {
        "AWS::SageMaker::AppImageConfig": "SageMaker.6",
        "AWS::SageMaker::Image": "SageMaker.7",
    }
    page = f"{CONTROLS}#sagemaker-6"
    fix = "Set a tag; tags whose names begin with aws: do not count."
    compliant: ClassVar[Resources] = {
        "Image": resource("AWS::SageMaker::Image", {"Tags": [{"Key": "team", "Value": "research"}]})
    }
    broken: ClassVar[Resources] = {"Image": resource("AWS::SageMaker::Image")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The tags of its own."""
        tags = [str(each.get("Key", "")) for _, each in subject.members("Tags")]
        if not any(not each.startswith("aws:") for each in tags):
            yield "Tags", "none"
