"""A name for the version of a pipeline that is deployed."""

import pytest
from aws_cdk import CfnParameter, Stack
from aws_cdk.assertions import Template

import sagemaker_constructs as sm


def test_it_changes_with_whatever_makes_a_version(stack: Stack) -> None:
    image = CfnParameter(stack, "Words")
    pipeline = sm.Pipeline(stack, "Used", steps=[sm.FailStep("End", message=image.value_as_string)], parallelism=3)
    sm.PipelineVersionAlias(stack, "Live", pipeline=pipeline, alias="live")
    sm.PipelineVersionAlias(stack, "Tried", pipeline=pipeline, alias="tried")
    template = Template.from_stack(stack)
    aliases = template.find_resources("Custom::SageMakerPipelineVersionAlias")
    assert {each["Properties"]["Alias"] for each in aliases.values()} == {"live", "tried"}
    version = next(iter(aliases.values()))["Properties"]["Version"]
    assert version["Values"] == {"V0": {"Ref": "Words"}}
    assert version["Parallelism"] == 3
    assert len(version["Definition"]) == 64
    assert "Fn::GetAtt" in version["Role"]
    functions = template.find_resources("AWS::Lambda::Function")
    [role] = [
        each["Properties"]
        for name, each in template.find_resources("AWS::IAM::Role").items()
        if name.startswith("SageMakerPipelineVersionAliases")
    ]
    actions = [each["Action"] for each in role["Policies"][0]["PolicyDocument"]["Statement"]]
    assert ["sagemaker:ListPipelineVersions", "sagemaker:UpdatePipelineVersion"] in actions
    assert len([name for name in functions if name.startswith("SageMakerPipelineVersionAliases")]) == 1


def test_an_alias_that_sagemaker_does_not_take_is_refused(stack: Stack) -> None:
    pipeline = sm.Pipeline(stack, "Used", steps=[sm.FailStep("End", message="over")])
    with pytest.raises(sm.InvalidInput, match=r"Stack/Live: alias .*got: 'to prod'"):
        sm.PipelineVersionAlias(stack, "Live", pipeline=pipeline, alias="to prod")
