"""What the setting `notifications` deploys, and what it refuses."""

import json
from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template

from harness.platform_templates import section_template
from stacks.settings import SettingsError, load_settings

SHORTEST = """\
platform: ml-platform
environment: dev
region: us-east-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  real_time: {variants: [{instance_type: ml.m5.large, instances: {minimum: 1, maximum: 1}}]}
notifications:
  slack: alarms/slack
  pagerduty: alarms/pagerduty
  pagerduty_region: eu
  emails: [team@example.com]
  quiet_hours: {time_zone: Europe/Zurich, begins: "21:00"}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return section_template(tmp_path_factory.mktemp("platform"), SHORTEST, "foundation")


def test_all_who_are_named_are_told_of_the_platform_s_alarms(template: Template) -> None:
    [function] = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "lambdas.notify.handler.handler"}}
    ).values()
    text = json.dumps(function["Properties"]["Environment"]["Variables"]["CHANNELS"])
    for each in ("slack", "pagerduty", "events.eu.pagerduty.com", "emails"):
        assert each in text
    template.has_resource_properties("AWS::SNS::Subscription", {"Protocol": "sqs"})
    template.has_resource_properties("AWS::SNS::Subscription", {"Endpoint": "team@example.com"})
    template.has_resource_properties(
        "AWS::Scheduler::Schedule",
        {"ScheduleExpression": "cron(0 21 * * ? *)", "ScheduleExpressionTimezone": "Europe/Zurich"},
    )
    template.has_resource_properties("AWS::SQS::Queue", {"RedrivePolicy": Match.any_value()})


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        (
            'begins: "21:00"',
            'begins: "07:00"',
            r"13: notifications\.quiet_hours\.ends: must be another time",
        ),
        ('begins: "21:00"', 'begins: "9 pm"', r"13: notifications\.quiet_hours\.begins"),
        ("slack: alarms/slack", "slack: https://hooks.slack.com/services/x", r"9: notifications\.slack"),
    ],
)
def test_what_tells_nobody_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(SHORTEST.replace(right, wrong))
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        load_settings(file)


def test_nobody_to_tell_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(SHORTEST[: SHORTEST.index("  slack")] + "  pagerduty_region: eu\n")
    with pytest.raises(SettingsError, match="must name at least one of slack, teams, pagerduty and emails"):
        load_settings(file)
