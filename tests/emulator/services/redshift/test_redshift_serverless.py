"""Warehouses, statements and what outlives a restart."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

import sagemaker_constructs as sm
from emulator.launcher import start
from harness.aws_clients import ACCOUNT, Clients, clients_of, kill, refused, saved, wait_for
from harness.deployed_stack import Stack
from sagemaker_constructs.network.imported_network import ImportedNetwork

BUCKET = "deployed-warehouse"


def _subnets(client: Clients, zones: str) -> list[str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for place, zone in enumerate(zones)
    ]


def test_a_deployed_warehouse_copies_queries_and_unloads(
    client: Clients, asking: Any, tmp_path: Path, context: dict[str, Any]
) -> None:
    app = cdk.App(context=context, outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "deployed-warehouse", env=cdk.Environment(region="us-east-1"))
    bucket = s3.Bucket.from_bucket_name(stack, "Files", BUCKET)
    subnets = _subnets(client, "abc")
    network = ImportedNetwork(stack, "Network", subnet_ids=subnets, security_group_ids=["sg-0a1b2c3d"])
    warehouse = sm.Warehouse(
        stack, "Warehouse", placement=network.placement, removal_policy=cdk.RemovalPolicy.DESTROY, base_capacity=16
    )
    warehouse.copy_from(bucket, "orders")
    warehouse.unload_to(bucket, "sums")
    resources = app.synth().get_stack_by_name("deployed-warehouse").template["Resources"]
    [logical] = [key for key, each in resources.items() if each["Type"].endswith("::Workgroup")]

    objects, serverless = client("s3"), client("redshift-serverless")
    objects.create_bucket(Bucket=BUCKET)
    objects.put_object(Bucket=BUCKET, Key="orders/a.csv", Body=b"ann,1.5\nbob,2\nann,4\n")
    deployed = Stack(client("cloudformation"), "deployed-warehouse")
    assert deployed.create(**resources) == "CREATE_COMPLETE", deployed.reasons()
    name = deployed.physical(logical)
    group = serverless.get_workgroup(workgroupName=name)["workgroup"]
    assert (group["baseCapacity"], group["maxCapacity"], group["subnetIds"]) == (16, 32, subnets)
    space = serverless.get_namespace(namespaceName=name)["namespace"]
    secret = client("secretsmanager").get_secret_value(SecretId=space["adminPasswordSecretArn"])
    assert json.loads(secret["SecretString"])["username"] == "warehouse_admin"

    ask = asking(client("redshift-data"), name, "warehouse")
    ask("CREATE TABLE orders (customer VARCHAR(10), amount DOUBLE PRECISION)")
    assert ask(f"COPY orders FROM 's3://{BUCKET}/orders/' IAM_ROLE default CSV").changed == 3
    summed = "SELECT customer, sum(amount) AS amount FROM orders GROUP BY 1"
    expected = [("ann", 5.5), ("bob", 2.0)]
    assert ask(f"{summed} ORDER BY 1").rows == expected
    assert ask(f"UNLOAD ('{summed}') TO 's3://{BUCKET}/sums/' IAM_ROLE default PARQUET").changed == 2
    ask("CREATE TABLE sums (customer VARCHAR(10), amount DOUBLE PRECISION)")
    assert ask(f"COPY sums FROM 's3://{BUCKET}/sums/' IAM_ROLE default PARQUET").changed == 2
    assert ask("SELECT * FROM sums ORDER BY 1").rows == expected

    resources[logical]["Properties"] |= {"BaseCapacity": 24, "MaxCapacity": 64}
    assert deployed.update(**resources) == "UPDATE_COMPLETE", deployed.reasons()
    changed = serverless.get_workgroup(workgroupName=name)["workgroup"]
    assert (changed["baseCapacity"], changed["maxCapacity"]) == (24, 64)
    assert changed["workgroupArn"] == group["workgroupArn"], "it was replaced"
    assert ask("SELECT count(*) FROM sums").rows == [(2,)]

    deployed.delete()
    assert refused(serverless.get_namespace, namespaceName=name)[0] == "ResourceNotFoundException"
    [last] = [each for each in serverless.list_snapshots()["snapshots"] if each["namespaceName"] == name]
    assert last["snapshotRetentionPeriod"] == 30
    serverless.create_namespace(namespaceName="restored")
    serverless.create_workgroup(namespaceName="restored", workgroupName="restored")
    serverless.restore_from_snapshot(
        namespaceName="restored", workgroupName="restored", snapshotName=last["snapshotName"]
    )
    assert asking(client("redshift-data"), "restored")("SELECT * FROM sums ORDER BY 1").rows == expected


def test_what_redshift_refuses(client: Clients) -> None:
    serverless = client("redshift-serverless")
    crowded = _subnets(client, "aab")
    serverless.create_namespace(namespaceName="refusing")

    def group(**members: Any) -> tuple[str, str]:
        return refused(
            serverless.create_workgroup, **{"workgroupName": "refusing", "namespaceName": "refusing", **members}
        )

    def space(**members: Any) -> tuple[str, str]:
        return refused(serverless.create_namespace, **{"namespaceName": "refused", **members})

    for (code, message), said in (
        (group(baseCapacity=12), "got: 12"),
        (group(baseCapacity=16, maxCapacity=8), "got: 8"),
        (group(subnetIds=crowded[:1]), "got: 1 in 1 zones"),
        (group(subnetIds=crowded, enhancedVpcRouting=True), "got: 3 in 2 zones"),
        (group(port=80), "got: 80"),
        (space(manageAdminPassword=True, adminUserPassword="Secret123"), "must not be given together"),
        (space(adminPasswordSecretKmsKeyId="alias/passwords"), "requires manageAdminPassword"),
        (space(defaultIamRoleArn="arn:aws:iam::123456789012:role/one"), "is not among the IAM roles"),
    ):
        assert code == "ValidationException"
        assert said in message
    assert group(namespaceName="nobody")[0] == "ResourceNotFoundException"
    serverless.create_workgroup(workgroupName="refusing", namespaceName="refusing")
    assert group(workgroupName="second")[0] == "ConflictException"
    assert refused(serverless.delete_namespace, namespaceName="refusing")[0] == "ConflictException"
    code, message = refused(serverless.update_workgroup, workgroupName="refusing", baseCapacity=16, port=5440)
    assert message == "Can't update multiple configurations at the same time for workgroup refusing."
    assert (
        "does not support CreateUsageLimit"
        in refused(serverless.create_usage_limit, resourceArn="arn", usageType="serverless-compute", amount=1)[1]
    )


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
    for named in (apart["Id"], f"{apart['Id']}:1"):
        assert refused(data.get_statement_result, Id=named)[0] == "ResourceNotFoundException"
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
        ({"Sql": "SELECT 1", "WorkgroupName": "shop"}, "Database must be specified"),
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
    wait_for(lambda: saved(own_state, "redshift_serverless"), lambda kept: answered in kept)
    kill(running)
    client = clients_of(start(own_state))
    data = client("redshift-data")
    assert data.get_statement_result(Id=answered)["Records"] == [[{"longValue": 1}]]
    assert asking(data, "lasting")("SELECT n FROM kept").rows == [(1,)]
