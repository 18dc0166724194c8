"""People who look at what a model is not sure of: what is made, who may do what, and what is refused."""

import json
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.labeling import (
    HumanReviewFlow,
    LabelingInput,
    LabelingTask,
    LabelStudioProject,
    LowConfidenceReview,
    WorkerPage,
    WorkTeam,
)
from sagemaker_constructs.serving import RealTimeEndpoint
from sagemaker_constructs.storage import EncryptionKey

TEAM = "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/raters"
PAGE = WorkerPage(
    '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form>'
    "{{ task.input.answer }}</crowd-form>"
)


def _flow(stack: Stack, key: kms.IKey, bucket: s3.IBucket, **given: Any) -> HumanReviewFlow:
    arguments: dict[str, Any] = {
        "title": "Is it a cat?",
        "page": PAGE,
        "team": WorkTeam.from_arn(stack, "Team", TEAM),
        "objects": bucket,
        "prefix": "unsure",
        "output": bucket,
        "encryption_key": key,
        **given,
    }
    return HumanReviewFlow(stack, "Review", **arguments)


def _review(stack: Stack, to: HumanReviewFlow | LabelStudioProject, **given: Any) -> LowConfidenceReview:
    endpoint = RealTimeEndpoint.from_endpoint_name(stack, "Endpoint", "cats")
    arguments: dict[str, Any] = {"endpoint": endpoint, "confidence": "score", "below": 0.8, "to": to, **given}
    return LowConfidenceReview(stack, "Unsure", **arguments)


def _project(stack: Stack, bucket: s3.IBucket, **given: Any) -> LabelStudioProject:
    arguments: dict[str, Any] = {"input": LabelingInput(bucket, "unsure"), "follow": True, **given}
    task = LabelingTask("ImageMultiClass", title="Which?", labels=["cat", "dog"])
    return LabelStudioProject(stack, "Project", task=task, output=bucket, **arguments)


def test_defaults(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _flow(stack, key, bucket)
    template = Template.from_stack(stack)
    [page] = template.find_resources("AWS::SageMaker::HumanTaskUi").values()
    assert page["Properties"]["UiTemplate"] == {"Content": PAGE.html}
    [flow] = template.find_resources("Custom::SageMakerFlowDefinition").values()
    text = "".join(
        each if isinstance(each, str) else "token" for each in flow["Properties"]["Request"]["Fn::Join"][1]
    )
    request = json.loads(text)
    assert request["HumanLoopConfig"] == {
        "WorkteamArn": TEAM,
        "HumanTaskUiArn": "token",
        "TaskTitle": "Is it a cat?",
        "TaskDescription": "Is it a cat?",
        "TaskCount": 1,
        "TaskAvailabilityLifetimeInSeconds": 864_000,
        "TaskTimeLimitInSeconds": 3_600,
    }
    assert request["OutputConfig"]["S3OutputPath"].endswith("/reviews/")
    found = statements(stack, "ReviewExecutionRole")
    assert all("/unsure/*" in str(each) for each in allowed(found, "s3:GetObject"))
    assert all("/reviews/*" in str(each) for each in allowed(found, "s3:PutObject"))
    template.resource_count_is("AWS::Events::Rule", 0)
    said = Annotations.from_stack(stack)
    said.has_warning("*", Match.string_like_regexp("Amazon A2I is closed to new customers since 2026-07-30"))


def test_another_page_is_another_resource(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _flow(stack, key, bucket)
    other = Stack(cast(Any, stack.node.scope), stack.stack_name + "2", stack_name=stack.stack_name)
    bucket = s3.Bucket.from_bucket_name(other, "Data", "example-sagemaker-data")
    _flow(other, EncryptionKey(other, "Key"), bucket, page=WorkerPage(PAGE.html + "<p></p>"))
    names = {
        each["Properties"]["HumanTaskUiName"]
        for one in (stack, other)
        for each in Template.from_stack(one).find_resources("AWS::SageMaker::HumanTaskUi").values()
    }
    assert len(names) == 2
    assert all(len(name) <= 63 and name == name.lower() for name in names)


def test_a_topic_is_told_of_each_end(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    flow = _flow(stack, key, bucket, notify=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    [rule] = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["SageMaker A2I HumanLoop Status Change"]
    assert pattern["detail"] == {"flowDefinitionArn": [stack.resolve(flow.arn)]}


def test_an_application_starts_loops_of_this_flow(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    flow = _flow(stack, key, bucket)
    role = iam.Role(stack, "App", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    flow.grant_start(cast(iam.IRole, role))
    assert allowed(statements(stack, "App"), "sagemaker:StartHumanLoop") == [stack.resolve(flow.arn)]


def test_unsure_answers_go_to_either_engine(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    flow = _flow(stack, key, bucket)
    _review(stack, flow, suffix=".jpg")
    function = _environment(stack)
    assert function["FLOW"] == stack.resolve(flow.arn)
    assert (function["BELOW"], function["PREFIX"], function["SUFFIX"]) == ("0.8", "unsure", ".jpg")
    found = statements(stack, "UnsureFunction")
    assert allowed(found, "sagemaker:StartHumanLoop") == [stack.resolve(flow.arn)]
    assert [str(each) for each in allowed(found, "sagemaker:InvokeEndpoint") if "endpoint/cats" in str(each)]


def test_a_project_needs_no_loops(stack: Stack, bucket: s3.IBucket) -> None:
    _review(stack, _project(stack, bucket))
    assert "FLOW" not in _environment(stack)
    found = statements(stack, "UnsureFunction")
    assert allowed(found, "sagemaker:StartHumanLoop") == []
    assert all("/unsure/*" in str(each) for each in allowed(found, "s3:PutObject"))


def _environment(stack: Stack) -> dict[str, Any]:
    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    [found] = [each for each in functions if each["Properties"]["Handler"] == "lambdas.review.handler.review"]
    return found["Properties"]["Environment"]["Variables"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"title": ""}, "title must be 1 to 128 characters"),
        ({"people_per_object": 4}, "people_per_object must be between 1 and 3"),
        ({"time_limit": Duration.seconds(20)}, "time_limit in seconds must be between 30"),
        ({"available_for": Duration.days(31)}, "available_for in seconds must be between 60"),
        ({"keywords": list("abcdef")}, "keywords may hold at most 5"),
        ({"page": WorkerPage("<p></p>")}, "page must have a crowd-form"),
        ({"page": WorkerPage(PAGE.html + "x" * 128_000)}, "page must have at most 128,000 bytes"),
    ],
)
def test_what_is_refused(given: dict[str, Any], reason: str, stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _flow(stack, key, bucket, **given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"below": 1.1}, "below must be between 0 and 1"),
        ({"confidence": "a..b"}, "confidence must be names and numbers"),
        ({"suffix": "png"}, "suffix must be an ending"),
    ],
)
def test_what_no_answer_can_be_asked_for(
    given: dict[str, Any], reason: str, stack: Stack, bucket: s3.IBucket
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _review(stack, _project(stack, bucket), **given)


def test_a_project_that_follows_nothing_sees_nothing(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="to must be a project that follows"):
        _review(stack, _project(stack, bucket, follow=False))
