"""What starts a pipeline by itself, in the template."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

import sagemaker_constructs as sm
from lambdas.starter.parameters import checked_parameters
from lambdas.starter.requests import RefusedStartError, StartRequest
from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.pipelines.triggers.parameter_problems import start_problems

DECLARED: Mapping[str, Mapping[str, Any]] = {
    str(each["Name"]): each
    for each in (
        {"Name": "Rows", "Type": "String", "DefaultValue": "none"},
        {"Name": "Kind", "Type": "String", "DefaultValue": "fast", "EnumValues": ["fast", "good"]},
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Report", "Type": "Boolean", "DefaultValue": True},
    )
}


def _pipeline(stack: Stack, *, rows: str | None = "none") -> sm.Pipeline:
    given = sm.StringParameter("Rows", rows)
    rounds = sm.IntegerParameter("Rounds", 1)
    return sm.Pipeline(stack, "Trains", parameters=[given, rounds], steps=[sm.FailStep("End", message=given)])


def _triggers(stack: Stack, triggers: Mapping[str, sm.Trigger], **options: Any) -> sm.PipelineTriggers:
    return sm.PipelineTriggers(stack, "Triggers", pipeline=_pipeline(stack), triggers=triggers, **options)


def _patterns(stack: Stack) -> list[Any]:
    rules = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    return [rule["Properties"]["EventPattern"] for rule in rules]


def _text(value: Any) -> str:
    """A joined text, with its references as ``<…>``."""
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else "<…>" for part in value["Fn::Join"][1])


def test_a_rule_sends_its_event_with_what_the_pipeline_gets_of_it(stack: Stack, bucket: s3.IBucket) -> None:
    key = sm.EventText("s3://{detail.bucket.name}/{detail.object.key}")
    trigger = sm.NewDataTrigger(bucket, "rows/", parameters={"Rows": key, "Rounds": 3}, cool_down=Duration.minutes(5))
    _triggers(stack, {"new-rows": trigger})
    template = Template.from_stack(stack)
    [rule] = template.find_resources("AWS::Events::Rule").values()
    [target] = rule["Properties"]["Targets"]
    message = _text(target["InputTransformer"]["InputTemplate"])
    event = {"time": "t", "detail": {"bucket": {"name": "b"}, "object": {"key": "k", "etag": "e", "sequencer": "1"}}}
    request = StartRequest.of_message(message.replace("<aws.events.event.json>", json.dumps(event)))
    assert request == StartRequest("new-rows", ("b", "k", "e", "1"), "t", {"Rows": "s3://b/k", "Rounds": "3"}, 300)
    assert "DeadLetterConfig" in target
    detail = rule["Properties"]["EventPattern"]["detail"]
    assert detail["object"] == {"key": [{"prefix": "rows/"}], "size": [{"numeric": [">", 0]}]}


@pytest.mark.parametrize(
    ("prefix", "suffix", "wanted"),
    [
        ("", "", None),
        ("rows/", "", {"prefix": "rows/"}),
        ("", ".csv", {"suffix": ".csv"}),
        ("rows*\\/", ".csv", {"wildcard": "rows\\*\\\\/*.csv"}),
    ],
)
def test_keys_begin_and_end_as_they_should(
    stack: Stack, bucket: s3.IBucket, prefix: str, suffix: str, wanted: Mapping[str, str] | None
) -> None:
    _triggers(stack, {"rows": sm.NewDataTrigger(bucket, prefix, suffix)})
    [pattern] = _patterns(stack)
    assert pattern["detail"]["object"].get("key") == ([wanted] if wanted else None)


def test_a_bucket_of_the_app_sends_its_events(stack: Stack) -> None:
    own = sm.EncryptedBucket(stack, "Own")
    _triggers(stack, {"rows": sm.NewDataTrigger(own)})
    enabled = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}
    Template.from_stack(stack).has_resource_properties("AWS::S3::Bucket", enabled)


def test_angle_brackets_pass_through_templates_that_know_no_way_to_write_them(
    stack: Stack, bucket: s3.IBucket
) -> None:
    _triggers(stack, {"rows": sm.NewDataTrigger(bucket, parameters={"Rows": 'a <b> "c" \\'})})
    [rule] = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    message = _text(rule["Properties"]["Targets"][0]["InputTransformer"]["InputTemplate"])
    assert message.count("<") == message.count(">") == 1
    told = json.loads(message.replace("<aws.events.event.json>", "0"))
    assert told["trigger"]["parameters"] == {"Rows": 'a <b> "c" \\'}


def test_a_schedule_counts_by_its_time_and_zone(stack: Stack) -> None:
    night = sm.ScheduleTrigger("cron(0 3 * * ? *)", "Europe/Berlin", parameters={"Rows": sm.EventText("{time}")})
    _triggers(stack, {"night": night})
    template = Template.from_stack(stack)
    [schedule] = template.find_resources("AWS::Scheduler::Schedule").values()
    assert schedule["Properties"]["ScheduleExpressionTimezone"] == "Europe/Berlin"
    message = schedule["Properties"]["Target"]["Input"]
    assert message.count("<aws.scheduler.scheduled-time>") == 1
    request = StartRequest.of_message(message.replace("<aws.scheduler.scheduled-time>", "2026-11-29T03:00:00Z"))
    assert request.identity == ("2026-11-29T03:00:00Z",)
    assert request.parameters == {"Rows": "2026-11-29T03:00:00Z"}
    template.resource_count_is("AWS::Events::Rule", 0)


def _alarm(stack: Stack) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(namespace="Drift", metric_name="distance")
    return cloudwatch.Alarm(stack, "Alarm", metric=metric, threshold=1, evaluation_periods=1)


def _on_alarm(stack: Stack) -> sm.Trigger:
    return sm.AlarmTrigger(_alarm(stack))


def _on_rejection(stack: Stack) -> sm.Trigger:
    return sm.ModelPackageTrigger(sm.ModelPackageGroup(stack, "Models", name="churn"), "Rejected")


def _on_approval(_: Stack) -> sm.Trigger:
    return sm.ModelPackageTrigger("churn")


def _on_push(_: Stack) -> sm.Trigger:
    return sm.PushTrigger("models", "release")


def _on_event(_: Stack) -> sm.Trigger:
    return sm.EventTrigger({"source": ["github"]})


PUSHED = {
    "event": ["referenceCreated", "referenceUpdated"],
    "referenceType": ["branch"],
    "referenceName": ["release"],
}


@pytest.mark.parametrize(
    ("make", "pattern"),
    [
        (_on_alarm, {"detail-type": ["CloudWatch Alarm State Change"], "detail": {"state": {"value": ["ALARM"]}}}),
        (
            _on_rejection,
            {"detail": {"ModelPackageGroupName": [Match.any_value()], "ModelApprovalStatus": ["Rejected"]}},
        ),
        (_on_approval, {"detail": {"ModelPackageGroupName": ["churn"], "ModelApprovalStatus": ["Approved"]}}),
        (_on_push, {"source": ["aws.codecommit"], "detail": PUSHED}),
        (_on_event, {"source": ["github"]}),
    ],
)
def test_each_kind_has_its_pattern(
    stack: Stack, make: Callable[[Stack], sm.Trigger], pattern: Mapping[str, Any]
) -> None:
    _triggers(stack, {"it": make(stack)})
    Template.from_stack(stack).has_resource_properties("AWS::Events::Rule", {"EventPattern": pattern})


def test_a_feature_group_starts_it_by_the_files_of_its_offline_store(bucket: s3.IBucket) -> None:
    stack = Stack(App(), "Located", env={"account": "123456789012", "region": "us-east-1"})
    bucket = s3.Bucket.from_bucket_name(stack, "Offline", "offline")
    _triggers(stack, {"records": sm.FeatureGroupTrigger("customers", bucket, "features/")})
    [pattern] = _patterns(stack)
    wanted = "features/123456789012/sagemaker/us-east-1/offline-store/customers-*/data/*.parquet"
    assert pattern["detail"]["object"]["key"] == [{"wildcard": wanted}]


def test_the_function_may_start_this_pipeline_and_nothing_else(stack: Stack) -> None:
    triggers = _triggers(stack, {"night": sm.ScheduleTrigger("rate(1 day)")}, maximum_executions=3)
    role = iam.Role(stack, "Somebody", assumed_by=service_principal("lambda.amazonaws.com"))
    triggers.grant_start(cast(iam.IRole, role))
    template = Template.from_stack(stack)
    function = template.find_resources("AWS::Lambda::Function", {"Properties": {"Handler": Match.any_value()}})
    [starter] = [each for each in function.values() if "starter" in each["Properties"]["Handler"]]
    assert starter["Properties"]["Environment"]["Variables"]["MOST_AT_ONCE"] == "3"
    roles = template.find_resources("AWS::IAM::Role")
    own = next(name for name in roles if name.startswith("TriggersStarter"))
    statements = roles[own]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert not any("*" in json.dumps(each["Resource"]) for each in statements)
    actions = {action for each in statements for action in _listed(each["Action"])}
    assert {each for each in actions if each.startswith("sagemaker:")} == {
        "sagemaker:StartPipelineExecution",
        "sagemaker:DescribePipeline",
        "sagemaker:ListPipelineExecutions",
    }
    invoke = {"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": Match.any_value()}
    template.has_resource_properties("AWS::IAM::Policy", {"PolicyDocument": {"Statement": [invoke]}})


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_what_cannot_be_delivered_or_done_is_kept(stack: Stack) -> None:
    _triggers(stack, {"push": sm.EventTrigger({"source": ["github"]})})
    template = Template.from_stack(stack)
    queues = template.find_resources("AWS::SQS::Queue")
    [dead] = [name for name in queues if "DeadLetters" in name]
    template.has_resource_properties(
        "AWS::Lambda::EventInvokeConfig",
        {"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": [dead, "Arn"]}}}},
    )
    template.has_resource_properties(
        "AWS::Lambda::EventSourceMapping",
        {
            "BatchSize": 1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
        },
    )
    table = {"TimeToLiveSpecification": {"AttributeName": "Expires", "Enabled": True}}
    template.has_resource_properties("AWS::DynamoDB::Table", table)


def test_nothing_starts_any_more_when_the_pipeline_is_about_to_go(stack: Stack) -> None:
    _triggers(stack, {})
    template = Template.from_stack(stack)
    [end] = template.find_resources("Custom::SageMakerPipelineEnd")
    [mapping] = template.find_resources("AWS::Lambda::EventSourceMapping").values()
    assert end in mapping["DependsOn"]


def test_starts_that_are_given_up_wake_somebody(stack: Stack) -> None:
    triggers = _triggers(stack, {})
    sm.Alarms(stack, "Alarms", watched=[triggers], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    sm.Dashboard(stack, "Dashboard", watched=[triggers])
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"MetricName": "ApproximateNumberOfMessagesVisible", "Threshold": 1, "EvaluationPeriods": 1},
    )


@pytest.mark.parametrize(
    ("triggers", "problems"),
    [
        (
            {"night": sm.ScheduleTrigger("daily", parameters={"Row": "x", "Rounds": "many"})},
            [
                "triggers.night.schedule must be cron(…), rate(…) or at(…), got: 'daily'",
                "triggers.night.parameters.Row must be a parameter of the pipeline, got: 'Row'; did you mean Rows?",
                "triggers.night.parameters.Rounds must be of the type Integer, got: 'many'",
            ],
        ),
        (
            {"night": sm.ScheduleTrigger("rate(1 day)", parameters={"Rows": sm.EventText("{detail.key}")})},
            ["triggers.night.parameters.Rows may have the field {time} alone, got: '{detail.key}'"],
        ),
        (
            {"at_night": sm.EventTrigger({}, fields=(), parameters={"Rows": sm.EventText("{detail.key")})},
            [
                "triggers.at_night must be named with at most 48 letters, digits and hyphens between them, "
                "got: 'at_night'",
                "triggers.at_night.pattern must match some events and not all, got: nothing",
                "triggers.at_night.fields must name what tells one event from another, got: none",
                "triggers.at_night.parameters.Rows must have fields of the event in braces, such as "
                "{detail.object.key}, and no other braces, got: '{detail.key'",
            ],
        ),
        (
            {"manual": sm.ModelPackageTrigger("churn", "approved", cool_down=Duration.days(3))},
            [
                "triggers.manual must have another name: calls of the function have this one",
                "triggers.manual.cool_down in seconds must be between 1 and 172800, got: 259200",
                "triggers.manual.approval must be a known value, got: 'approved'; did you mean Approved?",
            ],
        ),
        (
            {"push": sm.EventTrigger({"source": ["github"]}, parameters={"Rows": "x" * 9000})},
            [
                "triggers.push.parameters take more than the 8192 characters of an input template, got: 9098",
                "triggers.push.parameters.Rows may have at most 1024 characters, got: 9000",
            ],
        ),
    ],
)
def test_every_problem_of_all_triggers_is_told_at_once(
    stack: Stack, triggers: Mapping[str, sm.Trigger], problems: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        _triggers(stack, triggers)
    assert [line.removeprefix(f"{stack.stack_name}/Triggers: ") for line in refused.value.lines] == problems


def test_a_parameter_without_a_default_needs_a_value(stack: Stack) -> None:
    pipeline = _pipeline(stack, rows=None)
    with pytest.raises(InvalidInput, match="a value for each parameter without a default: Rows"):
        sm.PipelineTriggers(
            stack, "Triggers", pipeline=pipeline, triggers={"night": sm.ScheduleTrigger("rate(1 day)")}
        )
    with pytest.raises(InvalidInput, match="maximum_executions must be greater than 0, got: 0"):
        sm.PipelineTriggers(stack, "None", pipeline=pipeline, triggers={}, maximum_executions=0)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Rows": "anything", "Kind": "good", "Rounds": "-3", "Share": "1e-3", "Report": "False"},
        {"Row": "x"},
        {"Kind": "slow"},
        {"Rounds": "1.5"},
        {"Rounds": ""},
        {"Share": "nan"},
        {"Share": "a half"},
        {"Report": "1"},
        {"Rows": "x" * 1024},
        {"Rows": "x" * 1025},
    ],
)
def test_the_function_refuses_what_the_construct_refuses(given: dict[str, str]) -> None:
    refused = any(start_problems(DECLARED, given))
    try:
        checked_parameters(json.dumps({"Parameters": [*DECLARED.values()]}), given)
    except RefusedStartError:
        assert refused
    else:
        assert not refused
