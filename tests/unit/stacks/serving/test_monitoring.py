"""What `serving.real_time.monitoring` deploys beside the endpoint, and what it refuses."""

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
  real_time:
    variants: [{instance_type: ml.m5.large, instances: {minimum: 1, maximum: 1}}]
    capture: {percent: 20}
    monitoring: {every_hours: 6, delay_minutes: 30, thresholds: {age: 0.3}, ignored: [id], runs: 2, of_runs: 4}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return section_template(tmp_path_factory.mktemp("platform"), SHORTEST, "real-time")


def test_what_the_endpoint_captures_is_compared_with_rows_of_the_platform(template: Template) -> None:
    functions = template.find_resources("AWS::Lambda::Function").values()
    [variables] = [
        each["Properties"]["Environment"]["Variables"]
        for each in functions
        if each["Properties"]["Handler"] == "lambdas.monitor.handler.handler"
    ]
    monitor = json.loads(variables["MONITOR"])
    assert (monitor["every"], monitor["delay"], monitor["confirmed"]) == (6 * 3600, 30 * 60, [2, 4])
    assert json.dumps(variables["CAPTURED"]).count(f"/captured/{monitor['endpoint']}") == 1
    schedules = template.find_resources("AWS::Scheduler::Schedule").values()
    times = sorted(each["Properties"]["ScheduleExpression"] for each in schedules)
    assert times == ["cron(0 1 * * ? *)", "cron(30 0/6 * * ? *)"]
    assert {"MonitorName", "MonitorFunction", "MonitorAlarm", "BaselineSchedule"} <= template.to_json()[
        "Outputs"
    ].keys()


def test_answers_are_judged_by_truth_of_the_platform(tmp_path: Path) -> None:
    answers = "answers: {problem: BinaryClassification, probability: p, label: churned, truth: late}, of_runs: 4"
    template = section_template(tmp_path, SHORTEST.replace("of_runs: 4", answers), "real-time")
    [function] = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "lambdas.monitor.handler.handler"}}
    ).values()
    variables = function["Properties"]["Environment"]["Variables"]
    assert json.loads(variables["MONITOR"])["truth"] == {"every": 86400, "days": 7.0}
    assert "/late" in json.dumps(variables["TRUTH"])
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"MetricName": "WorseMetrics"})


def test_its_alarms_tell_the_topic_of_the_platform(template: Template) -> None:
    template.has_resource_properties("AWS::CloudWatch::CompositeAlarm", {"AlarmActions": [Match.any_value()]})
    for name in ("Runs", "FailedRuns", "SevereFeatures"):
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm",
            {"Namespace": "SageMakerConstructs/Monitoring", "MetricName": name, "AlarmActions": [Match.any_value()]},
        )


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("every_hours: 6", "every_hours: 5", r"10: serving\.real_time\.monitoring\.every_hours"),
        (
            "of_runs: 4",
            "of_runs: 4, answers: {problem: Regression, label: y}",
            r"10: serving\.real_time\.monitoring\.answers\.prediction: must name the output that is predicted",
        ),
        ("of_runs: 4", "of_runs: 1", r"10: serving\.real_time\.monitoring\.runs: must be at most of_runs, 1, got: 2"),
        ("    capture: {percent: 20}\n", "", r"9: serving\.real_time\.monitoring: needs capture, got: none"),
        (
            "percent: 20",
            "percent: 20, content: output",
            r"9: serving\.real_time\.capture\.content: must be input or both beside monitoring, got: output",
        ),
    ],
)
def test_what_would_see_nothing_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(SHORTEST.replace(right, wrong))
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        load_settings(file)
