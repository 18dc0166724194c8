"""What the section `features` deploys, and what it refuses."""

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
  serverless: {}
features:
  record_identifier: customer
  event_time: at
  features: {customer: String, at: String, calls: Integral}
"""
GROUP = "AWS::SageMaker::FeatureGroup"


def _template(tmp_path: Path, text: str = "") -> Template:
    return section_template(tmp_path, f"{SHORTEST}{text}", "features")


def test_a_group_is_retained_with_both_stores_and_filled_by_a_queue(tmp_path: Path) -> None:
    template = _template(tmp_path)
    definitions = [{"FeatureName": name, "FeatureType": Match.any_value()} for name in ("customer", "at", "calls")]
    template.has_resource(
        GROUP,
        {
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {
                "FeatureDefinitions": definitions,
                "OnlineStoreConfig": Match.object_like({"EnableOnlineStore": True}),
                "OfflineStoreConfig": Match.object_like({"TableFormat": "Iceberg"}),
                "Tags": Match.absent(),
            },
        },
    )
    template.resource_count_is("AWS::SQS::Queue", 2)
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"Namespace": "AWS/SQS"})
    assert "FeatureQueueUrl" in template.to_json()["Outputs"]


def test_what_is_not_wanted_is_not_there(tmp_path: Path) -> None:
    template = _template(tmp_path, "  online: false\n  queue: false\n  table_format: Glue\n")
    template.has_resource_properties(
        GROUP,
        {"OnlineStoreConfig": Match.absent(), "OfflineStoreConfig": Match.object_like({"TableFormat": "Glue"})},
    )
    template.resource_count_is("AWS::SQS::Queue", 0)


def test_records_expire_and_without_retention_go_with_the_stack(tmp_path: Path) -> None:
    template = _template(tmp_path, "  time_to_live_days: 30\ndata: {retain: false}\n")
    lives = {"TtlDuration": {"Unit": "Seconds", "Value": 2_592_000}}
    template.has_resource(
        GROUP,
        {"DeletionPolicy": "Delete", "Properties": {"OnlineStoreConfig": Match.object_like(lives)}},
    )


def test_what_is_said_of_features_is_told_to_sagemaker(tmp_path: Path) -> None:
    template = _template(
        tmp_path, "  descriptions: {calls: Within a month}\n  parameters: {calls: {owner: sales, since: 2026}}\n"
    )
    [told] = template.find_resources("Custom::SageMakerFeatureMetadata").values()
    said = {"calls": {"description": "Within a month", "parameters": {"owner": "sales", "since": "2026"}}}
    assert json.loads(told["Properties"]["Features"]) == said
    _template(tmp_path).resource_count_is("Custom::SageMakerFeatureMetadata", 0)


@pytest.mark.parametrize(
    ("added", "line"),
    [
        ("descriptions: {call: Within a month}", "features.descriptions.call: must be the name of a feature"),
        ("parameters: {calls: {owner: 'a,b'}}", "features.parameters.calls.owner: "),
        ("parameters: {age: {owner: sales}}", "features.parameters.age: must be the name of a feature"),
    ],
)
def test_what_is_said_of_no_feature_is_refused_at_its_line(tmp_path: Path, added: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}  {added}\n")
    with pytest.raises(SettingsError, match=f"dev.yaml:12: {line}"):
        load_settings(file)


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("identifier: customer", "identifier: costumer", "9: features.record_identifier: "),
        ("at: String", "at: Integral", "10: features.event_time: "),
        ("calls: Integral", "write_time: String", r"11: features.features\[2\]: "),
        ("calls: Integral", "calls: Number", "11: features.features.calls: "),
        ("at: String", "at: Fractional", "12: features.table_format: "),
    ],
)
def test_what_sagemaker_refuses_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(SHORTEST.replace(right, wrong) + "  table_format: Iceberg\n")
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        load_settings(file)


def test_a_record_without_an_online_store_does_not_expire(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}  online: false\n  time_to_live_days: 3\n")
    with pytest.raises(SettingsError, match="time_to_live_days: requires online to be true"):
        load_settings(file)
