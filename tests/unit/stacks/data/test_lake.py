"""What the section `lake` deploys, and what it refuses."""

from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template

from harness.platform_templates import section_template
from sagemaker_constructs.core.problems import InvalidInput
from stacks.settings import SettingsError, load_settings

SHORTEST = """\
platform: ml-platform
environment: dev
region: us-east-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  serverless: {}
"""
TABLE = """\
lake:
  tables:
    orders:
      columns: {customer: string, amount: double}
      partitions:
        day: {kind: date, first: "2026-01-01"}
        shard: {kind: integer, first: 0, last: 15}
        region: {kind: enum, values: [eu, us]}
        session: {kind: injected}
"""
QUALITY = """\
      quality:
        rules: ['IsComplete "customer"', 'ColumnValues "shard" between -1 and 16']
        schedule: cron(0 6 * * ? *)
"""


def _template(tmp_path: Path, text: str) -> Template:
    return section_template(tmp_path, f"{SHORTEST}{text}", "lake")


def test_a_database_and_a_work_group_are_the_least(tmp_path: Path) -> None:
    template = _template(tmp_path, "lake: {}\n")
    template.has_resource("AWS::Glue::Database", {"DeletionPolicy": "RetainExceptOnCreate"})
    template.has_resource_properties(
        "AWS::Athena::WorkGroup",
        {
            "WorkGroupConfiguration": Match.object_like(
                {"BytesScannedCutoffPerQuery": 100_000_000_000, "EnforceWorkGroupConfiguration": True}
            )
        },
    )
    for kind in ("AWS::Glue::Table", "AWS::Glue::Crawler", "AWS::Athena::NamedQuery"):
        template.resource_count_is(kind, 0)
    assert "CrawlerName" not in template.to_json()["Outputs"]


def test_a_flow_runs_on_its_schedule(tmp_path: Path) -> None:
    flow = "file: config/flows/measurements.flow, datasets: {measurements: in}, schedule: rate(1 day)"
    template = _template(tmp_path, f"lake: {{flows: {{measurements: {{{flow}}}}}}}\n")
    [schedule] = template.find_resources("AWS::Scheduler::Schedule").values()
    assert schedule["Properties"]["ScheduleExpression"] == "rate(1 day)"
    assert "/prepared/measurements" in str(schedule["Properties"]["Target"]["Input"])
    assert "FlowSchedules" in template.to_json()["Outputs"]


def test_a_flow_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    flow = "file: config/flows/nothing.flow, datasets: {measurements: in}, schedule: rate(1 day)"
    with pytest.raises(InvalidInput, match=r"flow must be a .flow file of Data Wrangler, which is JSON"):
        _template(tmp_path, f"lake: {{flows: {{measurements: {{{flow}}}}}}}\n")


def test_a_table_s_keys_are_computed_and_its_folder_has_its_name(tmp_path: Path) -> None:
    template = _template(tmp_path, TABLE)
    [table] = template.find_resources("AWS::Glue::Table").values()
    given = table["Properties"]["TableInput"]
    assert [each["Name"] for each in given["PartitionKeys"]] == ["day", "shard", "region", "session"]
    assert given["StorageDescriptor"]["Location"]["Fn::Join"][1][-1] == "/lake/orders/"
    expected = {
        "projection.day.range": "2026-01-01,NOW",
        "projection.shard.range": "0,15",
        "projection.region.values": "eu,us",
        "projection.session.type": "injected",
    }
    assert expected.items() <= given["Parameters"].items()


def test_rules_of_a_table_are_evaluated_on_their_schedule_and_what_fails_is_told(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{TABLE}{QUALITY}")
    template.has_resource_properties(
        "AWS::Glue::DataQualityRuleset",
        {"Ruleset": 'Rules = [ IsComplete "customer", ColumnValues "shard" between -1 and 16 ]'},
    )
    template.has_resource_properties("AWS::Scheduler::Schedule", {"ScheduleExpression": "cron(0 6 * * ? *)"})
    template.has_resource_properties(
        "AWS::Events::Rule",
        {"EventPattern": Match.object_like({"detail": Match.object_like({"rulesFailed": [{"numeric": [">", 0]}]})})},
    )
    assert "QualitySchedules" in template.to_json()["Outputs"]


def test_a_crawler_and_queries_are_there_when_they_are_asked_for(tmp_path: Path) -> None:
    template = _template(
        tmp_path,
        "lake:\n  scan_limit_gb: 5\n  queries: {all_of_it: SELECT 1}\n"
        '  crawler: {prefixes: [incoming/a, incoming/b], schedule: "cron(0 4 * * ? *)"}\ndata: {retain: false}\n',
    )
    template.has_resource("AWS::Glue::Database", {"DeletionPolicy": "Delete"})
    template.has_resource_properties("AWS::Athena::NamedQuery", {"Name": "all_of_it", "QueryString": "SELECT 1"})
    template.has_resource_properties(
        "AWS::Glue::Crawler",
        {
            "Schedule": {"ScheduleExpression": "cron(0 4 * * ? *)"},
            "Targets": {"S3Targets": [Match.any_value(), Match.any_value()]},
        },
    )
    assert "CrawlerName" in template.to_json()["Outputs"]


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ('first: "2026-01-01"', "first: yesterday", "13: lake.tables.orders.partitions.day.first: "),
        (', first: "2026-01-01"', "", "13: lake.tables.orders.partitions.day.first: must be given"),
        ("last: 15", "last: many", "14: lake.tables.orders.partitions.shard.last: must be a whole number"),
        ("[eu, us]", "['eu,us']", r"15: lake.tables.orders.partitions.region.values\[0\]: must have neither commas"),
        ("kind: injected", "kind: any", "16: lake.tables.orders.partitions.session.kind: "),
        ("amount: double", "amount: money", "11: lake.tables.orders.columns.amount: must be a type of Glue"),
        ('IsComplete "customer"', "RowCount >", r"18: .*quality.rules\[0\]: must be a rule of DQDL"),
        (
            'IsComplete "customer"',
            'IsComplete "id"',
            r"18: .*quality.rules\[0\]: must be a known value",
        ),
        ("amount: double", "day: string", "13: lake.tables.orders.partitions.day: must be unique"),
    ],
)
def test_what_athena_would_not_read_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{TABLE}{QUALITY}".replace(right, wrong))
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        load_settings(file)
