"""A watch of training jobs, in the template."""

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

import sagemaker_constructs as sm
from harness.policies import actions_of, allowed, statements
from lambdas.watch.logic import TAG
from lambdas.watch.rules import findings
from lambdas.watch.series import Series
from sagemaker_constructs.core.problems import InvalidInput

LOSSES = {"train:loss": r"train:loss=(\S+)", "validation:loss": r"validation:loss=(\S+)"}
ALL_RULES = (
    sm.WatchRule.not_decreasing("train:loss", rounds=2),
    sm.WatchRule.not_increasing("train:loss", rounds=2),
    sm.WatchRule.overfitting("train:loss", "validation:loss", rounds=2),
    sm.WatchRule.exploding("train:loss"),
    sm.WatchRule.vanishing("train:loss", rounds=2),
    sm.WatchRule.not_a_number(),
    sm.WatchRule.target_reached("train:loss", at_most=0.1),
    sm.WatchRule.under_used("GPU", percent=20, minutes=2),
)


def _watch(stack: Stack, rules: Sequence[sm.WatchRule] = ALL_RULES, **options: Any) -> sm.TrainingWatch:
    return sm.TrainingWatch(stack, "Watch", rules=rules, **options)


def _topic(stack: Stack) -> sns.ITopic:
    return cast(sns.ITopic, sns.Topic(stack, "Topic"))


def _definition(stack: Stack, bucket: s3.IBucket, watch: sm.TrainingWatch, **options: Any) -> sm.TrainingDefinition:
    given: dict[str, Any] = {"metric_definitions": LOSSES, **options}
    image = sm.ModelImage.from_directory("tests/unit/image")
    name = given.pop("name", "Training")
    return sm.TrainingDefinition(
        stack, name, image=image, output=bucket, instance_type="ml.m5.large", watch=watch, **given
    )


def _function(stack: Stack) -> dict[str, Any]:
    found = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    [function] = [each["Properties"] for each in found if "watch" in each["Properties"]["Handler"]]
    return function["Environment"]["Variables"]


def test_jobs_are_tagged_and_their_changes_call_the_function(stack: Stack, bucket: s3.IBucket) -> None:
    watch = _watch(stack)
    first = _definition(stack, bucket, watch, tags={"team": "a"})
    _definition(stack, bucket, watch, name="Second")
    assert first.request["Tags"] == [{"Key": "team", "Value": "a"}, {"Key": TAG, "Value": watch.name}]
    template = Template.from_stack(stack)
    [rule] = template.find_resources("AWS::Events::Rule").values()
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["SageMaker Training Job State Change"]
    roles = [each["Fn::GetAtt"][0] for each in pattern["detail"]["RoleArn"]]
    assert len(set(roles)) == 2
    assert all("ExecutionRole" in role for role in roles)
    template.resource_count_is("AWS::Scheduler::ScheduleGroup", 1)
    template.has_resource_properties("AWS::Lambda::Permission", {"Principal": "events.amazonaws.com"})
    variables = _function(stack)
    assert (variables["WATCH"], variables["STOP"]) == (watch.name, "yes")
    assert "TOPIC" not in variables


def test_it_stops_only_its_own_jobs_and_writes_only_beside_their_models(stack: Stack, bucket: s3.IBucket) -> None:
    watch = _watch(stack, notify=_topic(stack), stop=False)
    _definition(stack, bucket, watch, output_prefix="models")
    found = statements(stack)
    stops = [each for each in found if "sagemaker:StopTrainingJob" in actions_of(each)]
    assert [each["Condition"] for each in stops] == [{"StringEquals": {f"aws:ResourceTag/{TAG}": watch.name}}]
    for action in ("sns:Publish", "dynamodb:UpdateItem", "cloudwatch:GetMetricData", "logs:GetLogEvents"):
        assert len(allowed(found, action)) == 1
    [_, written] = allowed(statements(stack), "s3:PutObject")
    assert "/models/*" in str(written)
    assert _function(stack)["STOP"] == "no"


def test_metrics_are_read_only_where_a_rule_asks_for_them(stack: Stack, bucket: s3.IBucket) -> None:
    _definition(stack, bucket, _watch(stack, [sm.WatchRule.not_a_number()]))
    assert allowed(statements(stack), "cloudwatch:GetMetricData") == []


def test_the_function_reads_every_kind_of_rule(stack: Stack, bucket: s3.IBucket) -> None:
    _definition(stack, bucket, _watch(stack))
    rules = json.loads(_function(stack)["RULES"])
    train, validation = Series("one"), Series("one")
    for values in ((1.0, 1.0), (0.01, 2.0), (1e-9, 2.0), (1e-9, float("inf"))):
        train.add(values[0])
        validation.add(values[1])
    train.add(float("-inf"))
    train.add(0)
    validation.add(2.0)
    found = findings(rules, {"train:loss": train, "validation:loss": validation}, {"GPU": [1, 1]})
    # The loss reaches 0 at last, so that it has decreased.
    assert [each.position for each in found] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "rules must have at least 1 entry, got: 0"),
        ([sm.WatchRule.not_a_number()] * 21, "rules may hold at most 20 entries, got: 21"),
        ([sm.WatchRule.not_a_number("m" * 3000)], "rules must have at most 3000 bytes as text"),
        ([sm.WatchRule.not_decreasing("a", rounds=0)], "rules[0].rounds must be between 1 and 500, got: 0"),
        ([sm.WatchRule.not_decreasing("a", by=-1)], "rules[0].by must be at least 0, got: -1"),
        ([sm.WatchRule.exploding("a", above=0)], "rules[0].above must be greater than 0, got: 0"),
        ([sm.WatchRule.under_used("CPU", percent=0)], "rules[0].percent must be greater than 0"),
        ([sm.WatchRule.under_used("CPU", percent=1, minutes=181)], "minutes must be between 1 and 180, got: 181"),
        ([sm.WatchRule("under_used", None, False, {"resource": "disk"})], "rules[0].resource must be a known value"),
        ([sm.WatchRule.target_reached("a")], "rules[0] must have one of at_least and at_most, got: neither"),
        ([sm.WatchRule.target_reached("a", at_least=1, at_most=1)], "got: at_least and at_most"),
    ],
)
def test_rules_that_nothing_can_break_are_refused(stack: Stack, rules: Sequence[sm.WatchRule], words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        _watch(stack, rules)
    assert words in str(raised.value)


def test_metrics_that_the_job_does_not_report_are_refused_with_the_rule(stack: Stack, bucket: s3.IBucket) -> None:
    rules = [sm.WatchRule.not_a_number(), sm.WatchRule.overfitting("train:los", "validation:loss")]
    with pytest.raises(InvalidInput) as raised:
        _definition(stack, bucket, _watch(stack, rules), metric_definitions={"validation:loss": "loss=[0-9.]+"})
    lines = str(raised.value).splitlines()
    assert any(
        "watch.rules[1] reads a metric that metric_definitions do not report, got: train:los" in x for x in lines
    )
    assert any("watch.rules[1] reads a metric whose expression has no group" in line for line in lines)


def test_alarms_wake_somebody_when_a_job_cannot_be_looked_at(stack: Stack, bucket: s3.IBucket) -> None:
    watch = _watch(stack)
    _definition(stack, bucket, watch)
    sm.Alarms(stack, "Alarms", watched=[watch], topic=_topic(stack))
    [alarm] = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    assert "looks that failed" in json.dumps(alarm)
    assert [section.title for section in watch.dashboard_sections()] == [f"Watch {watch.name}"]
