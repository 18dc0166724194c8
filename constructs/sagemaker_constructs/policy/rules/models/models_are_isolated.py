"""Security Hub SageMaker.5."""

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
from sagemaker_constructs.policy.relations import is_serverless_only


class ModelsAreIsolated(PolicyRule):
    """The containers of a model make no calls: network isolation is on."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Model": "SageMaker.5"}
    page = f"{CONTROLS}#sagemaker-5"
    fix = "Set EnableNetworkIsolation to true; SageMaker itself loads the model's data."
    compliant: ClassVar[Resources] = {"Model": resource("AWS::SageMaker::Model", {"EnableNetworkIsolation": True})}
    broken: ClassVar[Resources] = {"Model": resource("AWS::SageMaker::Model", {"EnableNetworkIsolation": False})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, but for serverless endpoints, which do not support it."""
        if not subject.is_on("EnableNetworkIsolation") and not is_serverless_only(subject):
            yield "EnableNetworkIsolation", subject.value("EnableNetworkIsolation")
