"""Executions: results in S3, limits, what a work group enforces, stops and events."""

import json
import uuid
from typing import Any

from harness.aws_clients import Clients, refused, wait_for
from sagemaker_constructs.features import FeatureHistory, PointInTimeQuery

BUCKET = "athena-executions"


def group(client: Clients, ask: Any, **configuration: Any) -> str:
    name = f"group-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=BUCKET)
    client("athena").create_work_group(Name=name, Configuration=configuration)
    ask("CREATE SCHEMA IF NOT EXISTS executed")
    return name


def test_results_are_files_as_athena_writes_them(ask: Any, client: Clients) -> None:
    answer = ask("SELECT 'a \"b\"' AS s, NULL AS n, 1.5e0 AS d, 'two' || chr(10) || 'lines' AS t")
    assert answer.rows == [('a "b"', None, "1.5", "two\nlines")]
    location = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert location.endswith(f"/{answer.execution['QueryExecutionId']}.csv")
    bucket, _, key = location.removeprefix("s3://").partition("/")
    s3 = client("s3")
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert content == '"s","n","d","t"\n"a ""b""",,"1.5","two\nlines"\n'
    assert s3.head_object(Bucket=bucket, Key=f"{key}.metadata")
    s3.delete_object(Bucket=bucket, Key=key)
    query = answer.execution["QueryExecutionId"]
    assert "Could not find results" in refused(client("athena").get_query_results, QueryExecutionId=query)[1]


def test_results_come_by_pages(ask: Any, client: Clients) -> None:
    answer = ask("SELECT x FROM UNNEST(sequence(1, 5)) AS t(x)")
    athena, query = client("athena"), answer.execution["QueryExecutionId"]
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=query, PaginationConfig={"PageSize": 4}
    )
    sizes = [len(page["ResultSet"]["Rows"]) for page in pages]
    assert sizes == [4, 2], "the header is a row of the first page"


def test_a_work_group_enforces_its_settings(ask: Any, client: Clients) -> None:
    name = group(
        client,
        ask,
        EnforceWorkGroupConfiguration=True,
        ResultConfiguration={
            "OutputLocation": f"s3://{BUCKET}/enforced/",
            "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        },
    )
    answer = ask("SELECT 1", WorkGroup=name)
    location = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert location.startswith(f"s3://{BUCKET}/enforced/")
    key = location.removeprefix(f"s3://{BUCKET}/")
    assert client("s3").head_object(Bucket=BUCKET, Key=key)["ServerSideEncryption"] == "AES256"
    sql = f"CREATE TABLE enforced WITH (external_location = 's3://{BUCKET}/x/') AS SELECT 1 AS x"
    assert "enforces a centralized output location" in ask(sql, WorkGroup=name).reason


def test_a_query_over_the_limit_is_cancelled(ask: Any, client: Clients) -> None:
    name = group(client, ask, BytesScannedCutoffPerQuery=10_000_000)
    client("s3").put_object(Bucket=BUCKET, Key="big/a.txt", Body=b"x" * 10_000_001)
    ask(f"CREATE EXTERNAL TABLE big (s string) LOCATION 's3://{BUCKET}/big/'", "executed")
    answer = ask("SELECT count(*) FROM executed.big", WorkGroup=name)
    assert (answer.state, answer.reason) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert ask("SELECT count(*) FROM executed.big").rows == [("1",)]


def test_requests_are_refused_as_aws_does(ask: Any, client: Clients) -> None:
    athena = client("athena")
    start = athena.start_query_execution
    assert refused(start, QueryString="SELECT 1", WorkGroup="nobody") == (
        "InvalidRequestException",
        "WorkGroup nobody is not found.",
    )
    assert "No output location provided" in refused(start, QueryString="SELECT 1", WorkGroup=group(client, ask))[1]
    name = group(client, ask, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/"})
    athena.update_work_group(WorkGroup=name, State="DISABLED")
    assert "is disabled" in refused(start, QueryString="SELECT 1", WorkGroup=name)[1]
    assert "was not found" in refused(athena.get_query_execution, QueryExecutionId="nobody")[1]
    token = uuid.uuid4().hex
    asked: dict[str, Any] = {"QueryString": "SELECT 1", "ClientRequestToken": token}
    asked["ResultConfiguration"] = {"OutputLocation": f"s3://{BUCKET}/"}
    assert start(**asked)["QueryExecutionId"] == start(**asked)["QueryExecutionId"]


def test_a_running_query_is_stopped(client: Clients) -> None:
    athena = client("athena")
    query = athena.start_query_execution(
        QueryString="SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x), UNNEST(sequence(1, 100000)) AS b(y)"
        " WHERE sqrt(x * y) < 0",
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/"},
    )["QueryExecutionId"]

    def state() -> str:
        return athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]

    wait_for(state, lambda found: found == "RUNNING")
    athena.stop_query_execution(QueryExecutionId=query)
    assert state() == "CANCELLED"
    message = refused(athena.get_query_results, QueryExecutionId=query)[1]
    assert message == "Query has not yet finished. Current state: CANCELLED"


def test_states_are_events(ask: Any, client: Clients) -> None:
    events, sqs = client("events"), client("sqs")
    url = sqs.create_queue(QueueName="athena-states")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.athena"], "detail": {"currentState": ["FAILED"]}}
    events.put_rule(Name="athena-states", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="athena-states", Targets=[{"Id": "queue", "Arn": arn}])
    failed = ask("SELECT nothing")
    [message] = wait_for(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []), bool)
    detail = json.loads(message["Body"])["detail"]
    assert detail["queryExecutionId"] == failed.execution["QueryExecutionId"]
    assert (detail["previousState"], detail["workgroupName"]) == ("RUNNING", "primary")


def test_point_in_time_queries_of_the_library_run(ask: Any, client: Clients) -> None:
    group(client, ask)
    made = ask(
        "CREATE TABLE executed.history WITH (format = 'PARQUET') AS SELECT * FROM (VALUES"
        " ('a', '2024-01-01T00:00:00Z', 1e0, false, TIMESTAMP '2024-01-01 00:05:00',"
        " TIMESTAMP '2024-01-01 00:05:00'),"
        " ('a', '2024-01-03T00:00:00Z', 3e0, false, TIMESTAMP '2024-01-03 00:05:00', TIMESTAMP '2024-01-09 00:00:01')"
        ") AS t(customer, at, spend, is_deleted, write_time, api_invocation_time)"
    )
    assert made.reason == ""
    ask(
        "CREATE TABLE executed.spine AS SELECT * FROM (VALUES ('a', '2024-01-02T00:00:00Z'),"
        " ('a', '2024-01-04T00:00:00Z'), ('b', '2024-01-04T00:00:00Z')) AS t(customer, at)"
    )
    for known_at, last in ((False, "3.0"), (True, "1.0")):
        history = FeatureHistory("executed.history", "customer", "at", ["spend"])
        query = PointInTimeQuery("executed.spine", "at", [history], known_at=known_at)
        answer = ask(f"SELECT spend FROM ({query.sql()}) AS joined ORDER BY customer, at")
        assert (answer.reason, answer.rows) == ("", [("1.0",), (last,), (None,)])
