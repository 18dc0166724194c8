"""A warehouse of the shared emulator, and what asks it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import ACCOUNT, Clients

LOADER = f"arn:aws:iam::{ACCOUNT}:role/loader"
BUCKET = "warehouse-files"

Ask = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """A statement at its end, and its rows."""

    statement: Mapping[str, Any]
    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]

    @property
    def reason(self) -> str:
        return self.statement.get("Error", "")

    @property
    def changed(self) -> int:
        return self.statement["ResultRows"]


def _asking(data: Any, workgroup: str, database: str = "dev") -> Ask:
    """Carries a statement out, and gives what comes of it."""

    def ask(sql: str, **parameters: str) -> Answer:
        given = [{"name": name, "value": value} for name, value in parameters.items()]
        started = data.execute_statement(
            Sql=sql, WorkgroupName=workgroup, Database=database, **({"Parameters": given} if given else {})
        )
        statement = data.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
        if not statement.get("HasResultSet"):
            return Answer(statement, [], [], [])
        result = data.get_statement_result(Id=started["Id"])
        columns = result["ColumnMetadata"]
        rows = [tuple(_value(each) for each in row) for row in result["Records"]]
        return Answer(statement, [each["name"] for each in columns], [each["typeName"] for each in columns], rows)

    return ask


def _value(field: Mapping[str, Any]) -> Any:
    [(kind, value)] = field.items()
    return None if kind == "isNull" else value


@pytest.fixture(scope="session")
def asking() -> Callable[..., Ask]:
    """Makes what asks a workgroup, by a client of the Data API and the workgroup's name."""
    return _asking


@pytest.fixture(scope="session")
def ask(client: Clients) -> Ask:
    """Asks the warehouse `shop`, with the tables `orders` and the schema `lake` over Glue."""
    serverless, s3 = client("redshift-serverless"), client("s3")
    s3.create_bucket(Bucket=BUCKET)
    serverless.create_namespace(namespaceName="shop", iamRoles=[LOADER], defaultIamRoleArn=LOADER)
    serverless.create_workgroup(workgroupName="shop", namespaceName="shop", baseCapacity=8)
    asked = _asking(client("redshift-data"), "shop")
    asked(
        "CREATE TABLE orders (id INT IDENTITY(1,1), customer VARCHAR(8) NOT NULL ENCODE zstd,"
        " amount DECIMAL(8,2), pieces INT, at TIMESTAMP, PRIMARY KEY (id))"
        " DISTSTYLE KEY DISTKEY (customer) COMPOUND SORTKEY (at, customer)"
    )
    asked(
        "INSERT INTO orders (customer, amount, pieces, at) VALUES ('ann', 10.50, 3, '2026-01-31 10:00:00'),"
        " ('bob', 2, 2, '2026-02-01 11:30:00'), ('ann', 1, 2, '2026-02-01 12:00:00'), ('cy', NULL, NULL, NULL)"
    )
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "clicks_of_shop"})
    glue.create_table(
        DatabaseName="clicks_of_shop",
        TableInput={
            "Name": "clicks",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
            "Parameters": {
                "projection.enabled": "true",
                "projection.day.type": "enum",
                "projection.day.values": "mon,tue",
            },
            "StorageDescriptor": {
                "Columns": [{"Name": "customer", "Type": "string"}, {"Name": "page", "Type": "string"}],
                "Location": f"s3://{BUCKET}/clicks/",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
            },
        },
    )
    s3.put_object(Bucket=BUCKET, Key="clicks/day=mon/a.json", Body=b'{"customer": "ann", "page": "/"}\n')
    s3.put_object(Bucket=BUCKET, Key="clicks/day=tue/a.json", Body=b"no document")
    asked("CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE 'clicks_of_shop' IAM_ROLE default")
    return asked
