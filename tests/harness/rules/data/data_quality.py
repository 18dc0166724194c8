"""Rulesets of Glue Data Quality that break a rule."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.data.lake.data_quality_rules import DataQualityRules
from sagemaker_constructs.data.lake.lake_database import LakeDatabase
from sagemaker_constructs.data.lake.lake_table import LakeTable

_SHOWN = "tests/emulator/services/data_quality/test_data_quality.py::test_what_glue_refuses"


def _set(rules: str) -> Request:
    return {"Name": "judged", "Ruleset": f"Rules = [ {rules} ]"}


def _made(stack: Stack, *rules: str, **given: Any) -> None:
    table = LakeTable(
        stack,
        "Table",
        database=LakeDatabase(stack, "Lake"),
        bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "example"),
        prefix="t",
        columns={"id": "bigint"},
    )
    DataQualityRules(stack, "Rules", table=table, rules=rules, **given)


CASES = {
    "rulesets-are-dqdl": RuleCase(refused=_set('IsComplete "id'), taken=_set('IsComplete "id"'), elsewhere=_SHOWN),
    "rules-have-types-of-dqdl": RuleCase(
        refused=_set('IsFull "id"'), taken=_set('IsComplete "id"'), elsewhere=_SHOWN
    ),
    "rules-of-dqdl-have-their-parameters": RuleCase(
        refused=_set('Mean "id"'),
        taken=_set('Mean "id" > 1'),
        synth=lambda stack: _made(stack, 'Mean "id"'),
        elsewhere=_SHOWN,
    ),
    "dynamic-rules-are-of-jobs-alone": RuleCase(
        refused=_set("RowCount > avg(last(5))"),
        taken=_set("RowCount > (5 + 2) * 3"),
        synth=lambda stack: _made(stack, "RowCount > avg(last(5))"),
        elsewhere=_SHOWN,
    ),
}
