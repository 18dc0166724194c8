"""Who is told of alarms: what is provisioned, what the function may do, and what is refused."""

import json
from typing import Any, cast

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.observability import (
    AlarmNotifications,
    Alarms,
    Dashboard,
    EmailAddresses,
    PagerDutyService,
    QuietHours,
    SlackChannel,
    TeamsChannel,
)


def _secret(stack: Stack, name: str) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_name_v2(stack, name, f"alarms/{name}")


@pytest.fixture(scope="module")
def made() -> tuple[AlarmNotifications, Template]:
    stack = Stack(App(), "Operations", env=Environment(region="us-east-1"))
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    told = AlarmNotifications(
        stack,
        "Told",
        topic=topic,
        channels={
            "chat": SlackChannel(_secret(stack, "slack")),
            "office": TeamsChannel(_secret(stack, "teams")),
            "duty": PagerDutyService(_secret(stack, "pagerduty"), service_region="eu"),
            "mail": EmailAddresses(["a@example.com", "b@example.com"]),
        },
        quiet=QuietHours("Europe/Zurich", begins="21:30"),
    )
    Alarms(stack, "Alarms", watched=[told], topic=cast(sns.ITopic, sns.Topic(stack, "Other")))
    Dashboard(stack, "Dashboard", watched=[told])
    return told, Template.from_stack(stack)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(_text(part) for part in value["Fn::Join"][1]) if "Fn::Join" in value else "-"


def test_the_function_is_told_of_channels_and_of_no_secret(made: tuple[AlarmNotifications, Template]) -> None:
    template = made[1]
    found = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "lambdas.notify.handler.handler"}}
    )
    [function] = found.values()
    channels = json.loads(_text(function["Properties"]["Environment"]["Variables"]["CHANNELS"]))
    assert [(each["name"], each["kind"]) for each in channels] == [
        ("chat", "slack"),
        ("office", "teams"),
        ("duty", "pagerduty"),
        ("mail", "email"),
    ]
    assert channels[2]["url"] == "https://events.eu.pagerduty.com/v2/enqueue"
    from lambdas.notify.channels import Channel

    assert [Channel(**each).name for each in channels] == ["chat", "office", "duty", "mail"]


def test_it_may_read_its_secrets_and_nothing_else_of_them(made: tuple[AlarmNotifications, Template]) -> None:
    roles = made[1].find_resources(
        "AWS::IAM::Role", {"Properties": {"Description": "Tells people of alarms for Operations/Told"}}
    )
    [role] = roles.values()
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    read = [each for each in statements if "secretsmanager:GetSecretValue" in actions_of(each)]
    assert json.dumps(read).count(":secret:alarms/") == 3
    assert not [each for each in statements if each["Resource"] == "*"]


def test_the_topic_alone_sends_to_the_queue(made: tuple[AlarmNotifications, Template]) -> None:
    template = made[1]
    template.has_resource_properties("AWS::SNS::Subscription", {"Protocol": "sqs"})
    template.has_resource_properties(
        "AWS::SQS::QueuePolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [Match.object_like({"Sid": "Topics", "Principal": {"Service": "sns.amazonaws.com"}})]
                )
            }
        },
    )


def test_addresses_are_subscribed_to_an_encrypted_topic(made: tuple[AlarmNotifications, Template]) -> None:
    template = made[1]
    found = template.find_resources("AWS::SNS::Subscription", {"Properties": {"Protocol": "email"}}).values()
    assert [each["Properties"]["Endpoint"] for each in found] == ["a@example.com", "b@example.com"]
    template.has_resource_properties("AWS::SNS::Topic", {"KmsMasterKeyId": Match.any_value()})


def test_quiet_hours_are_told_by_a_clock_that_knows_the_time_zone(made: tuple[AlarmNotifications, Template]) -> None:
    schedules = [each["Properties"] for each in made[1].find_resources("AWS::Scheduler::Schedule").values()]
    assert {each["ScheduleExpressionTimezone"] for each in schedules} == {"Europe/Zurich"}
    told = {each["ScheduleExpression"]: json.loads(each["Target"]["Input"]) for each in schedules}
    assert told == {
        "cron(30 21 * * ? *)": {"quiet": "begins", "seconds": 10.5 * 3600},
        "cron(0 7 * * ? *)": {"quiet": "ends"},
    }


def test_what_nobody_was_told_of_is_an_alarm(made: tuple[AlarmNotifications, Template]) -> None:
    told, template = made
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)
    assert told.dead_letters_url


def test_all_that_is_wrong_is_refused_at_once(stack: Stack) -> None:
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    channels: dict[str, Any] = {
        "my chat": SlackChannel(_secret(stack, "slack")),
        "duty": PagerDutyService(_secret(stack, "pagerduty"), service_region=cast(Any, "us")),
        "mail": EmailAddresses(["nobody"]),
        "none": EmailAddresses([]),
    }
    with pytest.raises(InvalidInput) as refused:
        AlarmNotifications(
            stack, "Told", topic=topic, channels=channels, quiet=QuietHours("Zürich", begins="25:00", ends="7:00")
        )
    assert [line.partition(": ")[2] for line in refused.value.lines] == [
        "channels.my chat must be named with 1 to 32 letters and digits, got: 'my chat'",
        "channels.mail.addresses[0] must be an address such as team@example.com, got: 'nobody'",
        "channels.none.addresses must name at least one address, got: none",
        "quiet.time_zone must be a name such as Europe/Zurich, got: 'Zürich'",
        "quiet.begins must be a time such as 07:30, got: '25:00'",
        "quiet.ends must be a time such as 07:30, got: '7:00'",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"channels": {}}, "channels must name at least one channel, got: none"),
        ({"quiet": QuietHours("UTC", begins="07:00")}, "quiet.ends must be another time than begins, got: 07:00"),
    ],
)
def test_what_would_tell_nobody_is_refused(stack: Stack, given: Any, message: str) -> None:
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    arguments: dict[str, Any] = {"channels": {"mail": EmailAddresses(["a@example.com"])}, **given}
    with pytest.raises(InvalidInput, match=message):
        AlarmNotifications(stack, "Told", topic=topic, **arguments)
