"""What `training.watch` deploys, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.assertions import Template

from harness.platform_templates import section_template
from stacks.settings import SettingsError

SHORTEST = """\
platform: ml-platform
environment: dev
region: eu-central-1
serving:
  image: containers/tabular
  serverless: {}
training:
  image: containers/tabular
  instance_type: ml.m5.large
"""


def _template(tmp_path: Path, watch: str) -> Template:
    return section_template(tmp_path, f"{SHORTEST}{watch}", "training")


def _variables(template: Template) -> dict[str, Any]:
    found = template.find_resources("AWS::Lambda::Function").values()
    [function] = [each["Properties"] for each in found if "watch" in each["Properties"]["Handler"]]
    return function["Environment"]["Variables"]


def test_the_job_is_watched_and_the_alarms_topic_told(tmp_path: Path) -> None:
    template = _template(tmp_path, "  watch: {rounds: 7, idle_cpu_percent: 30, idle_minutes: 5}\n")
    variables = _variables(template)
    rules = {rule["kind"]: rule for rule in json.loads(variables["RULES"])}
    assert rules.keys() == {"not_a_number", "not_improving", "overfitting", "under_used"}
    assert rules["overfitting"]["rounds"] == 7
    assert (rules["under_used"]["percent"], rules["under_used"]["minutes"]) == (30, 5)
    assert variables["STOP"] == "yes"
    assert "TOPIC" in variables
    [job] = template.find_resources("Custom::SageMakerTrainingJob").values()
    assert "train:loss" in str(job["Properties"]["Request"])


def test_it_only_tells_where_it_is_not_to_stop(tmp_path: Path) -> None:
    variables = _variables(_template(tmp_path, "  watch: {stop: false}\n"))
    assert variables["STOP"] == "no"
    assert "under_used" not in variables["RULES"]


def test_nothing_watches_by_default(tmp_path: Path) -> None:
    _template(tmp_path, "").resource_count_is("AWS::Scheduler::ScheduleGroup", 0)


def test_a_fault_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        _template(tmp_path, "  watch: {rounds: 501}\n")
    assert "dev.yaml:10: training.watch.rounds: 501 is not allowed" in str(raised.value)
