"""What the section `warehouse` deploys, and what it refuses."""

from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template

from harness.platform_templates import section_template
from harness.policies import actions_of, statements_of
from stacks.settings import SettingsError, load_settings

SHORTEST = """\
platform: ml-platform
environment: dev
region: us-east-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  serverless: {}
network: {mode: isolated, availability_zones: 3}
"""
CHOSEN = """\
warehouse:
  base_capacity: 16
  max_capacity: 64
  longest_query_minutes: 5
  database: sales
  copy_from: [orders]
  unload_to: [sums]
"""


def _template(tmp_path: Path, text: str) -> Template:
    return section_template(tmp_path, text, "warehouse")


def test_settings_reach_the_warehouse(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{SHORTEST}{CHOSEN}")
    longest = {"ParameterKey": "max_query_execution_time", "ParameterValue": "300"}
    template.has_resource_properties(
        "AWS::RedshiftServerless::Workgroup",
        {
            "BaseCapacity": 16,
            "MaxCapacity": 64,
            "EnhancedVpcRouting": True,
            "ConfigParameters": Match.array_with([longest]),
        },
    )
    template.has_resource("AWS::RedshiftServerless::Namespace", {"DeletionPolicy": "RetainExceptOnCreate"})
    template.has_resource_properties("AWS::RedshiftServerless::Namespace", {"DbName": "sales"})
    [role] = template.find_resources("AWS::IAM::Role").values()
    folders = {
        action: str(each["Resource"])
        for each in statements_of({"Role": role})
        for action in actions_of(each)
        if action in ("s3:GetObject", "s3:PutObject")
    }
    assert "/orders/*" in folders["s3:GetObject"]
    assert "/sums/*" in folders["s3:PutObject"]
    assert "/orders/*" not in folders["s3:PutObject"]
    template.resource_count_is("AWS::CloudWatch::Alarm", 2)


def test_data_that_is_not_retained_leaves_a_snapshot(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{SHORTEST}{CHOSEN}  snapshot_days: 7\ndata: {{retain: false}}\n")
    template.has_resource("AWS::RedshiftServerless::Namespace", {"DeletionPolicy": "Delete"})
    template.has_resource_properties("AWS::RedshiftServerless::Namespace", {"FinalSnapshotRetentionPeriod": 7})


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("base_capacity: 16", "base_capacity: 12", "10: warehouse.base_capacity: is refused by AWS"),
        ("max_capacity: 64", "max_capacity: 8", "11: warehouse.max_capacity: is refused by AWS"),
        ("availability_zones: 3", "availability_zones: 2", "9: warehouse.enhanced_vpc_routing: is refused by AWS"),
        ("{mode: isolated, availability_zones: 3}", "{mode: none}", "9: warehouse: needs a network"),
        ("database: sales", "database: my-sales", "13: warehouse.database: "),
    ],
)
def test_what_redshift_would_refuse_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{CHOSEN}".replace(right, wrong))
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        load_settings(file)
