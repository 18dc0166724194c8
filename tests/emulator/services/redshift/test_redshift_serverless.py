"""Warehouses, statements and what outlives a restart."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import start
from harness.aws_clients import ACCOUNT, Clients, clients_of, kill, refused, wait_for


def test_a_batch_is_one_transaction_unless_each_is_its_own(ask: Any, client: Clients) -> None:
    data = client("redshift-data")
    ask("CREATE TABLE batched (n INT)")
    sqls = ["INSERT INTO batched VALUES (1)", "SELECT * FROM batched", "SELECT * FROM nowhere", "SELECT 1"]

    def run(**more: Any) -> Any:
        given = {"Sqls": sqls, "WorkgroupName": "shop", "Database": "dev", **more}
        return data.describe_statement(Id=data.batch_execute_statement(**given)["Id"], WaitTimeSeconds=30)

    together = run()
    assert [each["Status"] for each in together["SubStatements"]] == ["FINISHED", "FINISHED", "FAILED", "ABORTED"]
    assert together["Error"] == 'ERROR: relation "nowhere" does not exist'
    assert ask("SELECT count(*) FROM batched").rows == [(0,)]
    apart = run(ExecutionMode="AUTO_COMMIT")
    assert apart["Status"] == "FAILED"
    assert data.get_statement_result(Id=f"{apart['Id']}:2")["Records"] == [[{"longValue": 1}]]
    assert ask("SELECT count(*) FROM batched").rows == [(1,)]


def test_a_token_names_one_statement(client: Clients, ask: Any) -> None:
    del ask
    data = client("redshift-data")
    given = {"WorkgroupName": "shop", "Database": "dev", "ClientToken": "once", "StatementName": "with-a-token"}
    first = data.execute_statement(Sql="SELECT 1 AS one", WaitTimeSeconds=30, **given)
    assert first["Status"] == "FINISHED"
    assert data.execute_statement(Sql="SELECT 1 AS one", **given)["Id"] == first["Id"]
    [listed] = data.list_statements(StatementName="with-a-token")["Statements"]
    assert (listed["Id"], listed["QueryString"], listed["IsBatchStatement"]) == (
        first["Id"],
        "SELECT 1 AS one",
        False,
    )


def test_results_are_csv_where_that_is_asked_for_and_come_in_pages(client: Clients, ask: Any) -> None:
    del ask
    data = client("redshift-data")
    given = {"WorkgroupName": "shop", "Database": "dev", "WaitTimeSeconds": 30}
    as_csv = data.execute_statement(Sql="SELECT 1 AS n, 'a,b' AS s, NULL AS x", ResultFormat="CSV", **given)
    assert data.get_statement_result_v2(Id=as_csv["Id"])["Records"] == [{"CSVRecords": 'n,s,x\n1,"a,b",\n'}]
    many = data.execute_statement(Sql="SELECT n FROM generate_series(1, 1001) AS g(n)", **given)
    first = data.get_statement_result(Id=many["Id"])
    assert (len(first["Records"]), first["TotalNumRows"]) == (1000, 1001)
    rest = data.get_statement_result(Id=many["Id"], NextToken=first["NextToken"])
    assert (rest["Records"], "NextToken" in rest) == ([[{"longValue": 1001}]], False)


def test_a_statement_is_cancelled(client: Clients, ask: Any) -> None:
    data = client("redshift-data")
    slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
    started = data.execute_statement(Sql=slow, WorkgroupName="shop", Database="dev")["Id"]
    wait_for(lambda: data.describe_statement(Id=started)["Status"], lambda status: status == "STARTED")
    assert refused(data.get_statement_result, Id=started)[0] == "ResourceNotFoundException"
    assert data.cancel_statement(Id=started)["Status"] is True
    assert data.describe_statement(Id=started, WaitTimeSeconds=30)["Status"] == "ABORTED"
    assert refused(data.cancel_statement, Id=started)[0] == "ValidationException"
    assert ask("SELECT 1").rows == [(1,)]


def test_an_event_tells_of_the_end(client: Clients, ask: Any) -> None:
    del ask
    events, queues = client("events"), client("sqs")
    queue = queues.create_queue(QueueName="ends-of-statements")["QueueUrl"]
    events.put_rule(Name="ends-of-statements", EventPattern=json.dumps({"source": ["aws.redshift-data"]}))
    target = f"arn:aws:sqs:us-east-1:{ACCOUNT}:ends-of-statements"
    events.put_targets(Rule="ends-of-statements", Targets=[{"Id": "queue", "Arn": target}])
    data = client("redshift-data")
    given = {"WorkgroupName": "shop", "Database": "dev", "WithEvent": True}
    told = data.execute_statement(Sql="SELECT 1", **given)["Id"]
    [message] = wait_for(
        lambda: queues.receive_message(QueueUrl=queue).get("Messages", []), lambda found: bool(found), seconds=30
    )
    detail = json.loads(message["Body"])["detail"]
    assert (detail["statementId"], detail["state"], detail["rows"]) == (told, "FINISHED", 1)


def test_what_there_is_is_listed(client: Clients, ask: Any) -> None:
    ask("CREATE TABLE listed_here (a INT NOT NULL, b VARCHAR(3))")
    data, given = client("redshift-data"), {"WorkgroupName": "shop", "Database": "dev"}
    assert data.list_databases(WorkgroupName="shop", Database="dev")["Databases"] == ["dev"]
    assert {"lake", "public"} <= set(data.list_schemas(**given)["Schemas"])
    assert data.list_tables(TablePattern="listed%", **given)["Tables"] == [
        {"schema": "public", "name": "listed_here", "type": "TABLE"}
    ]
    assert {"schema": "lake", "name": "clicks", "type": "EXTERNAL TABLE"} in data.list_tables(**given)["Tables"]
    columns = data.describe_table(Table="listed_here", **given)["ColumnList"]
    assert [(each["name"], each["typeName"], each["nullable"]) for each in columns] == [
        ("a", "int4", 0),
        ("b", "varchar", 1),
    ]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"Sql": "SELECT 1", "ClusterIdentifier": "old", "Database": "dev"}, "has no clusters"),
        ({"Sql": "SELECT 1", "WorkgroupName": "nowhere", "Database": "dev"}, "endpoint doesn't exist"),
        ({"Sql": "SELECT 1; SELECT 2", "WorkgroupName": "shop", "Database": "dev"}, "Only single SQL statements"),
        (
            {"Sql": "SELECT 1", "WorkgroupName": "shop", "Database": "dev", "SessionKeepAliveSeconds": 9},
            "no sessions",
        ),
    ],
)
def test_a_request_is_refused(client: Clients, ask: Any, request_: dict[str, Any], said: str) -> None:
    del ask
    code, message = refused(client("redshift-data").execute_statement, **request_)
    assert code == "ValidationException"
    assert said in message


def test_tables_and_results_survive_a_kill(own_state: Path, asking: Any) -> None:
    running = start(own_state)
    client = clients_of(running)
    client("redshift-serverless").create_namespace(namespaceName="lasting")
    client("redshift-serverless").create_workgroup(workgroupName="lasting", namespaceName="lasting")
    ask = asking(client("redshift-data"), "lasting")
    ask("CREATE TABLE kept AS SELECT 1 AS n")
    answered = ask("SELECT n FROM kept").statement["Id"]
    wait_for(
        lambda: [path for path in own_state.rglob("redshift_serverless.json") if answered in path.read_text()], bool
    )
    kill(running)
    client = clients_of(start(own_state))
    data = client("redshift-data")
    assert data.get_statement_result(Id=answered)["Records"] == [[{"longValue": 1}]]
    assert asking(data, "lasting")("SELECT n FROM kept").rows == [(1,)]
