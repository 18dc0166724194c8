"""What `serving.real_time.model_monitor` deploys beside the endpoint, and what it refuses."""

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
    model_monitor: {every_hours: 6, first_hour: 2, baseline: churn/baseline}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return section_template(tmp_path_factory.mktemp("platform"), SHORTEST, "real-time")


def _properties(template: Template, kind: str) -> str:
    [resource] = template.find_resources(f"AWS::SageMaker::{kind}").values()
    return json.dumps(resource["Properties"])


def test_what_the_endpoint_captures_is_compared_with_the_baseline(template: Template) -> None:
    definition = _properties(template, "DataQualityJobDefinition")
    assert "/churn/baseline/statistics.json" in definition
    assert "/model-monitor/reports/" in definition
    assert '"publish_cloudwatch_metrics": "Disabled"' in definition
    assert "cron(0 2/6 ? * * *)" in _properties(template, "MonitoringSchedule")
    template.has_output("ModelMonitorSchedule", Match.any_value())


def test_its_alarms_tell_the_topic_of_the_platform(template: Template) -> None:
    for name in ("Runs", "FailedRuns", "DriftedFeatures"):
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm",
            {"Namespace": "SageMakerConstructs/Monitoring", "MetricName": name, "AlarmActions": [Match.any_value()]},
        )


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("    capture: {percent: 20}\n", "", "model_monitor: needs capture, got: none"),
        ("{percent: 20}", "{percent: 20, content: output}", "must be input or both beside model_monitor"),
        ("first_hour: 2", "first_hour: 20", "first_hour: must leave room for a second execution of the day"),
        ("every_hours: 6", "every_hours: 25", "every_hours"),
    ],
)
def test_refusals(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    assert right in SHORTEST
    file = tmp_path / "dev.yaml"
    file.write_text(SHORTEST.replace(right, wrong))
    with pytest.raises(SettingsError, match=line):
        load_settings(file)
