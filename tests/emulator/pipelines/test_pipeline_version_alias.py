"""An alias follows what is deployed, and goes back with it."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk

from harness.aws_clients import Clients
from harness.published_stack import deploy, update
from sagemaker_constructs.pipelines import FailStep, Pipeline, PipelineVersionAlias

NAME = "has-an-alias"


def test_the_alias_names_what_is_deployed(client: Clients, tmp_path: Path) -> None:
    def built(message: str, *, broken: bool = False, alias: bool = True) -> Callable[[cdk.Stack], None]:
        def build(stack: cdk.Stack) -> None:
            pipeline = Pipeline(stack, "Named", pipeline_name=NAME, steps=[FailStep("End", message=message)])
            if alias:
                made = PipelineVersionAlias(stack, "Live", pipeline=pipeline, alias="live")
                if broken:
                    bad = cdk.CfnResource(
                        stack, "Bad", type="AWS::SageMaker::Model", properties={"ExecutionRoleArn": "none"}
                    )
                    bad.node.add_dependency(made)

        return build

    def aliased() -> list[str]:
        listed = client("sagemaker").list_pipeline_versions(PipelineName=NAME, SortOrder="Ascending")
        versions = [each for each in listed["PipelineVersionSummaries"] if each.get("PipelineVersionAliases")]
        assert [each["PipelineVersionAliases"] for each in versions] in ([], [["live"]])
        told = [
            client("sagemaker").describe_pipeline(PipelineName=NAME, PipelineVersionId=each["PipelineVersionId"])
            for each in versions
        ]
        return [each["PipelineDefinition"] for each in told]

    stack = deploy(client, "aliased", built("first"), context={}, outdir=tmp_path / "first")
    [first] = aliased()
    assert "first" in first
    update(client, stack, built("second"), outdir=tmp_path / "second")
    [second] = aliased()
    assert "second" in second
    assert update(client, stack, built("third", broken=True), outdir=tmp_path / "third") == "UPDATE_ROLLBACK_COMPLETE"
    assert aliased() == [second]
    update(client, stack, built("second", alias=False), outdir=tmp_path / "without")
    assert aliased() == []
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
