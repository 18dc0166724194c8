"""Pipelines of CodePipeline, and their builds."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_constructs.cost.quantities.counting import Counted, Quantity, counts, free

_SIZES = {
    "BUILD_GENERAL1_SMALL": "g1.small",
    "BUILD_GENERAL1_MEDIUM": "g1.medium",
    "BUILD_GENERAL1_LARGE": "g1.large",
    "BUILD_GENERAL1_XLARGE": "g1.xlarge",
    "BUILD_GENERAL1_2XLARGE": "g1.2xlarge",
}

free("connections cost nothing", "AWS::CodeConnections::Connection", "AWS::CodeStarConnections::Connection")


@counts("AWS::CodePipeline::Pipeline")
def _pipeline(counted: Counted) -> Iterator[Quantity]:
    if counted.properties.get("PipelineType") == "V2":
        # Approvals are no minutes of actions: https://aws.amazon.com/codepipeline/pricing/
        key = "AWSCodePipeline/actionExecutionMinute"
        yield Quantity.by_use(key, "minutes of actions of pipelines", counted.used("minutes"))
    else:
        yield Quantity.fixed("AWSCodePipeline/activePipeline", "active pipelines", 1)


@counts("AWS::CodeBuild::Project")
def _project(counted: Counted) -> Iterator[Quantity]:
    environment = counted.properties.get("Environment", {})
    system = "ARM" if str(environment.get("Type", "")).startswith("ARM") else "Linux"
    size = _SIZES.get(environment.get("ComputeType", ""), str(environment.get("ComputeType", "")))
    key = f"CodeBuild/Build-Min:{system}:{size}"
    yield Quantity.by_use(key, f"minutes of builds of {size}", counted.used("minutes"))
