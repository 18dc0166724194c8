"""Rules of a table: what they provision, and what is no rule of DQDL or not of this table."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.rules.data.quality_language import (
    CompositeRule,
    QualityRule,
    QualitySyntaxError,
    parse_rule,
    parse_ruleset,
)
from sagemaker_constructs.data import DataQualityRules, IntegerProjection, LakeDatabase, LakeTable
from sagemaker_constructs.observability import Alarms

Make = Callable[..., DataQualityRules]


@pytest.fixture
def make(stack: Stack, bucket: s3.IBucket) -> Make:
    table = LakeTable(
        stack,
        "Orders",
        database=LakeDatabase(stack, "Shop", name="shop"),
        bucket=bucket,
        prefix="orders",
        columns={"customer": "string", "amount": "double"},
        partitions={"shard": IntegerProjection(0, 3)},
    )

    def of(*rules: str, **given: Any) -> DataQualityRules:
        return DataQualityRules(stack, "Rules", table=table, rules=rules, **given)

    return of


def test_a_ruleset_of_the_table_is_provisioned(make: Make, stack: Stack) -> None:
    rules = make('IsComplete "customer"', 'ColumnValues "shard" >= 0')
    rules.schedule("Daily", "cron(0 5 * * ? *)")
    rules.grant_evaluate(iam.Role.from_role_name(stack, "Caller", "caller"))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Glue::DataQualityRuleset",
        {
            "Ruleset": 'Rules = [ IsComplete "customer", ColumnValues "shard" >= 0 ]',
            "TargetTable": {"DatabaseName": {"Ref": Match.string_like_regexp("Shop")}, "TableName": "orders"},
        },
    )
    [schedule] = template.find_resources("AWS::Scheduler::Schedule").values()
    target = json.dumps(schedule["Properties"]["Target"])
    assert "aws-sdk:glue:startDataQualityRulesetEvaluationRun" in target
    assert "NumberOfWorkers" in target
    [ruleset] = template.find_resources("AWS::Glue::DataQualityRuleset").values()
    [table] = template.find_resources("AWS::Glue::Table")
    assert ruleset["DependsOn"] == [table]
    assert "iam:PassRole" in json.dumps(template.find_resources("AWS::IAM::Role"))


def test_alarms_are_of_the_rules_that_fail(make: Make, stack: Stack) -> None:
    rules = make("RowCount > 0")
    Alarms(stack, "Alarms", watched=[rules], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    [alarm] = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    given = alarm["Properties"]
    assert (given["Namespace"], given["MetricName"]) == ("Glue Data Quality", "glue.data.quality.rules.failed")
    assert [each["Name"] for each in given["Dimensions"]] == ["CatalogId", "Database", "Ruleset", "Table"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "rules must hold at least one rule"),
        (['IsComplete "customr"'], "rules[0] must be a known value, got: 'customr'; did you mean customer?"),
        (['IsFull "customer"'], "rules[0] must be a known value, got: 'IsFull'; "),
        (["RowCount >"], "rules[0] must be a rule of DQDL: expected a number, a text in quotes, a date"),
        (["RowCount > 1 RowCount"], "rules[0] must be a rule of DQDL: expected the end of the rule in line 1"),
        (['IsComplete "customer" > 1'], "rules is refused by AWS: A rule of DQDL has as many parameters"),
        (['Mean "amount" > avg(last(3))'], "rules is refused by AWS: Dynamic rules"),
        (['(IsComplete "customer") and (IsUnique "id")'], "rules[0] must be a known value, got: 'id'; "),
    ],
)
def test_refused(make: Make, rules: list[str], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(*rules)
    assert any(line.startswith(f"Default/Rules: {message}") or message in line for line in refused.value.lines), (
        refused.value.lines
    )


def test_numbers_out_of_range_are_refused(make: Make) -> None:
    with pytest.raises(InvalidInput, match="workers must be between 2 and 100, got: 1"):
        make("RowCount > 0", workers=1)


def test_the_language_is_read_as_the_grammar_says() -> None:
    text = """
    # of the shop
    Metadata = { "Version": "1.0" }
    plans = [ "a", "b" ]
    Rules = [
        (IsPrimaryKey "id" "day") and ((RowCount between 10 and 20) or (Mean "x" != -1.5)) labels=["team"="shop"],
        ColumnValues "plan" not in $plans where "x > 1",
        ColumnValues "day" > (now() - 3 days) with threshold >= 0.9,
        ReferentialIntegrity "id" "other.{id}" = 1.0,
        ColumnLength "name" = EMPTY
    ]
    Analyzers = [ RowCount, Completeness "x" ]
    """
    both, plans, days, reference, _ = parse_ruleset(text)
    assert isinstance(both, CompositeRule)
    first, second = both.parts
    assert isinstance(first, QualityRule)
    assert first.parameters == ("id", "day")
    assert isinstance(second, CompositeRule)
    assert (second.operator, [each.text for each in second.parts]) == (
        "or",
        ["RowCount between 10 and 20", 'Mean "x" != -1.5'],
    )
    assert isinstance(plans, QualityRule)
    assert plans.condition
    assert (plans.condition.negated, plans.condition.operands, plans.where) == (True, ("$plans",), "x > 1")
    assert isinstance(days, QualityRule)
    assert days.condition
    assert (days.condition.kind, days.condition.operands) == ("date", ("(now() - 3 days)",))
    assert days.tags[0][1].operands == ("0.9",)
    assert isinstance(reference, QualityRule)
    assert reference.parameters == ("id", "other.{id}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there must be a section Rules or Analyzers"),
        ("Rules = [ RowCount > 1, ]", "expected another rule in line 1"),
        ("Rules = [ RowCount > 1", "expected , or ] in line 1, got: the end"),
        ("Rules = [] Rules = []", "Rules stands twice"),
        ("Rules = [ RowCount % 2 ]", "unexpected '% 2 ]' in line 1"),
    ],
)
def test_what_is_no_document_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(QualitySyntaxError) as refused:
        parse_ruleset(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ColumnValues "a" in [ 1, "b" ]', "one condition compares with number and string"),
        ('ColumnValues "a" not > 1', "expected between, in, matches or = after a negation"),
        ("(RowCount > 1) and (RowCount > 2) or (RowCount > 3)", "and beside or requires parentheses"),
        ('ColumnValues "a" matches 3', "matches requires a regular expression"),
        ('DataFreshness "a" < 3 weeks', "expected the end of the rule in line 1, got: 'weeks'"),
    ],
)
def test_what_is_no_rule_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(QualitySyntaxError) as refused:
        parse_rule(text)
    assert message in str(refused.value)
