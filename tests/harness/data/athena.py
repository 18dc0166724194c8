"""Queries of Athena's against an emulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.aws_clients import Clients, wait_for

Ask = Callable[..., "Answer"]
RESULTS = "athena-results"


@dataclass(frozen=True)
class Answer:
    """An execution at its end, and its rows without the header."""

    execution: Mapping[str, Any]
    names: list[str]
    types: list[str]
    rows: list[tuple[str | None, ...]]
    updated: int

    @property
    def state(self) -> str:
        return self.execution["Status"]["State"]

    @property
    def reason(self) -> str:
        return self.execution["Status"].get("StateChangeReason", "")

    @property
    def scanned(self) -> int:
        return self.execution["Statistics"]["DataScannedInBytes"]


def asking(client: Clients) -> Ask:
    """What carries out a query in a database, and gives what comes of it."""
    client("s3").create_bucket(Bucket=RESULTS)
    athena = client("athena")

    def ask(sql: str, database: str = "default", **request: Any) -> Answer:
        request.setdefault("ResultConfiguration", {"OutputLocation": f"s3://{RESULTS}/{database}/"})
        query = athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, **request
        )["QueryExecutionId"]
        execution = wait_for(
            lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"],
            lambda found: found["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"),
        )
        if execution["Status"]["State"] != "SUCCEEDED":
            return Answer(execution, [], [], [], 0)
        results = athena.get_query_results(QueryExecutionId=query)
        columns = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        rows = [tuple(each.get("VarCharValue") for each in row["Data"]) for row in results["ResultSet"]["Rows"]]
        header = execution["StatementType"] == "DML" and bool(rows)
        return Answer(
            execution,
            [column["Name"] for column in columns],
            [column["Type"] for column in columns],
            rows[1:] if header else rows,
            results["UpdateCount"],
        )

    return ask
