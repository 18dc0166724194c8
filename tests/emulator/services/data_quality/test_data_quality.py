"""Rulesets of Glue Data Quality, evaluated on rows."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from botocore.exceptions import ClientError

from harness.aws_clients import ROLE, Clients, wait_for
from harness.published_stack import deploy
from harness.rules.data.data_quality import CASES as JUDGED
from sagemaker_constructs.data import DataQualityRules, LakeDatabase, LakeTable

BUCKET = "quality"
ROWS = (
    "id,email,plan,amount,seen\n"
    "1,a@example.com,basic,10,2026-01-01\n"
    "2,b@example.com,gold,20,2026-01-02\n"
    "3,,basic,30,2026-01-03\n"
    "4,b@example.com,basic,,2026-01-04\n"
)

Evaluate = Callable[..., Any]


@pytest.fixture(scope="module")
def evaluate(client: Clients, ask: Any) -> Evaluate:
    """Results of rules over the rows: `evaluate('IsComplete "id"')`."""
    glue, objects = client("glue"), client("s3")
    objects.create_bucket(Bucket=BUCKET)
    objects.put_object(Bucket=BUCKET, Key="people/rows.csv", Body=ROWS.encode())
    glue.create_database(DatabaseInput={"Name": "quality"})
    made = ask(
        "CREATE EXTERNAL TABLE people (id bigint, email string, plan string, amount double, seen string)"
        " ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'"
        " WITH SERDEPROPERTIES ('field.delim' = ',', 'serialization.null.format' = '')"
        f" LOCATION 's3://{BUCKET}/people/' TBLPROPERTIES ('skip.header.line.count' = '1')",
        "quality",
    )
    assert made.reason == ""
    names = iter(range(1_000))

    def run(*rules: str) -> Any:
        name = f"rules-{next(names)}"
        glue.create_data_quality_ruleset(Name=name, Ruleset=f"Rules = [ {', '.join(rules)} ]")
        return _ended(glue, name)

    return run


def _ended(glue: Any, name: str) -> Any:
    source = {"GlueTable": {"DatabaseName": "quality", "TableName": "people"}}
    run = glue.start_data_quality_ruleset_evaluation_run(DataSource=source, Role=ROLE, RulesetNames=[name])["RunId"]
    ended = wait_for(
        lambda: glue.get_data_quality_ruleset_evaluation_run(RunId=run),
        lambda found: found["Status"] not in ("STARTING", "RUNNING"),
    )
    assert ended["Status"] == "SUCCEEDED", ended.get("ErrorString")
    [result] = ended["ResultIds"]
    return glue.get_data_quality_result(ResultId=result)


HELD: Mapping[str, bool] = {
    "RowCount = 4": True,
    "RowCount between 4 and 9": False,
    "RowCount > 1 where \"plan = 'gold'\"": False,
    "ColumnCount = 5": True,
    'ColumnExists "email"': True,
    'ColumnExists "phone"': False,
    'ColumnNamesMatchPattern "[a-z]+"': True,
    'IsComplete "id"': True,
    'IsComplete "email"': False,
    'Completeness "email" >= 0.75': True,
    'Completeness "email" > 0.75': False,
    'Completeness "amount" = 1 where "plan = \'gold\'"': True,
    'IsUnique "id"': True,
    'IsUnique "email"': False,
    'Uniqueness "plan" < 0.3': True,
    'UniqueValueRatio "plan" = 0.5': True,
    'IsPrimaryKey "id" "plan"': True,
    'IsPrimaryKey "email"': False,
    'DistinctValuesCount "plan" = 2': True,
    'Mean "amount" = 20': True,
    'Sum "amount" between 59 and 61': True,
    'StandardDeviation "amount" < 8.2': True,
    'Entropy "plan" between 0.5 and 0.6': True,
    'ColumnCorrelation "id" "amount" > 0.9': True,
    'ColumnLength "plan" >= 4': True,
    'ColumnLength "plan" = 4': False,
    'ColumnValues "plan" in [ "basic", "gold" ]': True,
    'ColumnValues "plan" not in [ "gold" ]': False,
    'ColumnValues "plan" != "silver"': True,
    'ColumnValues "id" > 0': True,
    'ColumnValues "amount" > 0': False,
    'ColumnValues "amount" > 0 with threshold >= 0.75': True,
    'ColumnValues "amount" in [ NULL, 10, 20, 30 ]': True,
    'ColumnValues "email" matches "[a-z]+@example.com" with threshold > 0.7': True,
    'ColumnValues "seen" < "2026-02-01"': True,
    'ColumnValues "seen" > (now() - 3 days)': False,
    'ColumnDataType "seen" = "Date"': True,
    'ColumnDataType "email" = "Integer"': False,
    'DataFreshness "seen" <= 24 hours': False,
    'CustomSql "select count(*) from primary where amount is null" = 1': True,
    'CustomSql "select id from primary where amount > 0" with threshold > 0.7': True,
    '(IsComplete "email") or (IsComplete "id")': True,
    '(IsComplete "email") and (IsComplete "id")': False,
    '(RowCount > 0) and ((IsComplete "email") or (Mean "amount" > 10))': True,
}


def test_rules_hold_or_do_not(evaluate: Evaluate) -> None:
    result = evaluate(*HELD)
    told = {each["EvaluatedRule"]: each for each in result["RuleResults"]}
    assert {rule: each["Result"] == "PASS" for rule, each in told.items()} == HELD, [
        each for rule, each in told.items() if (each["Result"] == "PASS") != HELD[rule]
    ]
    assert not [each for each in told.values() if each["Result"] == "ERROR"]
    assert result["Score"] == pytest.approx(sum(HELD.values()) / len(HELD))
    assert told['Completeness "email" > 0.75']["EvaluatedMetrics"] == {"Column.email.Completeness": 0.75}
    assert "0.75 does not meet" in told['Completeness "email" > 0.75']["EvaluationMessage"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('DetectAnomalies "RowCount"', "does not evaluate rules of type DetectAnomalies"),
        ('RowCountMatch "other" = 1', "does not evaluate rules of type RowCountMatch"),
        ('IsComplete "phone"', "Column phone is not in the table people."),
        ('ColumnValues "plan" > 3', "cannot be evaluated"),
    ],
)
def test_what_is_not_evaluated_says_why(evaluate: Evaluate, rule: str, reason: str) -> None:
    [told] = evaluate(rule)["RuleResults"]
    assert told["Result"] == "ERROR"
    assert reason in told["EvaluationMessage"]


def test_rulesets_are_kept_changed_and_listed(client: Clients, evaluate: Evaluate) -> None:
    del evaluate
    glue = client("glue")
    target = {"DatabaseName": "quality", "TableName": "people"}
    glue.create_data_quality_ruleset(Name="kept", Ruleset='Rules = [ IsComplete "id" ]', TargetTable=target)
    with pytest.raises(ClientError, match="already exists"):
        glue.create_data_quality_ruleset(Name="kept", Ruleset='Rules = [ IsComplete "id" ]')
    glue.update_data_quality_ruleset(Name="kept", Ruleset="Rules = [ RowCount > 1, ColumnCount > 1 ]")
    assert glue.get_data_quality_ruleset(Name="kept")["Ruleset"] == "Rules = [ RowCount > 1, ColumnCount > 1 ]"
    [listed] = glue.list_data_quality_rulesets(Filter={"TargetTable": target})["Rulesets"]
    assert (listed["Name"], listed["RuleCount"]) == ("kept", 2)
    glue.delete_data_quality_ruleset(Name="kept")
    with pytest.raises(ClientError, match="ruleset kept was not found"):
        glue.get_data_quality_ruleset(Name="kept")


@pytest.mark.parametrize("name", JUDGED)
def test_what_glue_refuses(client: Clients, name: str) -> None:
    case, glue = JUDGED[name], client("glue")
    with pytest.raises(ClientError, match=r"\(InvalidInputException\)"):
        glue.create_data_quality_ruleset(**case.refused)
    glue.create_data_quality_ruleset(**{**case.taken, "Name": f"taken-{name}"})


def test_a_table_without_rows_of_the_catalog_is_refused(client: Clients) -> None:
    source = {"GlueTable": {"DatabaseName": "quality", "TableName": "nobody"}}
    with pytest.raises(ClientError, match=r"quality\.nobody not found"):
        client("glue").start_data_quality_ruleset_evaluation_run(DataSource=source, Role=ROLE, RulesetNames=["x"])


def test_a_failed_rule_is_told_to_a_topic(
    client: Clients, evaluate: Evaluate, context: dict[str, Any], tmp_path: Path
) -> None:
    del evaluate
    topics, queues, glue = client("sns"), client("sqs"), client("glue")
    topic = topics.create_topic(Name="quality")["TopicArn"]
    queue = queues.create_queue(QueueName="quality")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def build(stack: cdk.Stack) -> None:
        table = LakeTable(
            stack,
            "People",
            database=LakeDatabase(stack, "Crowd", removal_policy=cdk.RemovalPolicy.DESTROY),
            bucket=s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET),
            prefix="people",
            format="csv",
            columns={"id": "string", "email": "string", "plan": "string"},
        )
        rules = DataQualityRules(stack, "Rules", table=table, rules=["RowCount > 100", 'IsComplete "id"'])
        rules.on_failure("Told", topic=sns.Topic.from_topic_arn(stack, "Topic", topic))
        cdk.CfnOutput(stack, "Request", value=stack.to_json_string(rules.request))

    stack = deploy(client, "data-quality", build, context=context, outdir=tmp_path / "out")
    [output] = stack.describe()["Outputs"]
    request = json.loads(output["OutputValue"])
    glue.start_data_quality_ruleset_evaluation_run(**request)
    message = wait_for(lambda: queues.receive_message(QueueUrl=queue).get("Messages", []), bool)[0]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Data Quality Evaluation Results Available"
    assert (event["detail"]["rulesFailed"], event["detail"]["score"]) == (1, 0.5)
    stack.begin_delete()
