"""Crawlers find tables, and Athena reads them."""

import importlib
import io
import json
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused, wait_for

BUCKET = "crawled"


@pytest.fixture(scope="module")
def s3(client: Clients) -> Any:
    client("s3").create_bucket(Bucket=BUCKET)
    client("glue").create_database(DatabaseInput={"Name": "crawled"})
    return client("s3")


def parquet(**columns: list[Any]) -> bytes:
    arrow, written = importlib.import_module("pyarrow"), io.BytesIO()
    importlib.import_module("pyarrow.parquet").write_table(arrow.table(columns), written)
    return written.getvalue()


def crawl(client: Clients, name: str, *paths: str, **given: Any) -> Any:
    glue = client("glue")
    targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/{path}", **given.pop("target", {})} for path in paths]}
    glue.create_crawler(Name=name, Role=ROLE, DatabaseName="crawled", Targets=targets, **given)
    return again(client, name)


def again(client: Clients, name: str) -> Any:
    glue = client("glue")
    glue.start_crawler(Name=name)
    return wait_for(lambda: glue.get_crawler(Name=name)["Crawler"], lambda found: found["State"] == "READY")[
        "LastCrawl"
    ]


def columns(client: Clients, table: str) -> dict[str, str]:
    described = client("glue").get_table(DatabaseName="crawled", Name=table)["Table"]
    return {each["Name"]: each["Type"] for each in described["StorageDescriptor"]["Columns"]}


def test_csv_in_folders_becomes_a_table_with_partitions(client: Clients, s3: Any, ask: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="orders/day=2024-01-01/a.csv", Body=b"ID,item,price\n1,a,2.5\n2,b,3\n")
    s3.put_object(Bucket=BUCKET, Key="orders/day=2024-01-02/a.csv", Body=b"ID,item,price\n3,c,4.5\n")
    assert crawl(client, "orders", "orders/", TablePrefix="raw_")["Status"] == "SUCCEEDED"
    assert columns(client, "raw_orders") == {"id": "bigint", "item": "string", "price": "double"}
    sql = "SELECT day, count(*), sum(price) FROM crawled.raw_orders WHERE day < '2024-01-02' GROUP BY day"
    assert ask(sql).rows == [("2024-01-01", "2", "5.5")]
    s3.put_object(Bucket=BUCKET, Key="orders/day=2024-01-03/a.csv", Body=b"ID,item,price\n9,z,1\n")
    assert again(client, "orders")["Status"] == "SUCCEEDED"
    assert ask("SELECT count(*) FROM crawled.raw_orders").rows == [("4",)]


def test_each_format_is_told_by_its_content(client: Clients, s3: Any, ask: Any) -> None:
    s3.put_object(
        Bucket=BUCKET, Key="formats/events/a.json", Body=json.dumps({"at": {"x": 1}, "tags": ["t"]}).encode()
    )
    s3.put_object(Bucket=BUCKET, Key="formats/scores/part-0", Body=parquet(id=[1, 2], score=[0.5, 0.25]))
    assert crawl(client, "formats", "formats")["Status"] == "SUCCEEDED"
    assert columns(client, "events") == {"at": "struct<x:bigint>", "tags": "array<string>"}
    assert columns(client, "scores") == {"id": "bigint", "score": "double"}
    assert ask("SELECT at.x, tags FROM crawled.events").rows == [("1", "[t]")]
    assert ask("SELECT sum(score) FROM crawled.scores").rows == [("0.75",)]


def test_a_table_that_is_there_follows_the_policy(client: Clients, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="grown/a.json", Body=b'{"a": 1}')
    crawl(client, "grown", "grown")
    crawl(client, "left", "grown", SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    s3.put_object(Bucket=BUCKET, Key="grown/b.json", Body=b'{"a": 2, "b": "x"}')
    again(client, "left")
    assert columns(client, "grown") == {"a": "bigint"}
    again(client, "grown")
    assert columns(client, "grown") == {"a": "bigint", "b": "string"}


def test_exclusions_are_not_looked_at(client: Clients, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="excluded/a.json", Body=b'{"a": 1}')
    s3.put_object(Bucket=BUCKET, Key="excluded/notes.pdf", Body=b"%PDF")
    assert crawl(client, "without", "excluded", target={"Exclusions": ["*.pdf"]})["Status"] == "SUCCEEDED"
    assert columns(client, "excluded") == {"a": "bigint"}
    s3.put_object(Bucket=BUCKET, Key="only/notes.pdf", Body=b"%PDF")
    failed = crawl(client, "unknown", "only")
    assert (failed["Status"], "no files that end in .pdf" in failed["ErrorMessage"]) == ("FAILED", True)
    assert crawl(client, "none", "only", target={"Exclusions": ["**.pdf"]})["Status"] == "SUCCEEDED"


def test_what_it_does_not_crawl_fails_with_the_reason(client: Clients) -> None:
    glue = client("glue")
    assert refused(glue.start_crawler, Name="nobody")[0] == "EntityNotFoundException"
    glue.create_crawler(
        Name="tables", Role=ROLE, DatabaseName="crawled", Targets={"DynamoDBTargets": [{"Path": "table"}]}
    )
    assert again(client, "tables")["ErrorMessage"] == "The emulator crawls S3 only, and no DynamoDBTargets."
    glue.create_crawler(Name="lost", Role=ROLE, DatabaseName="nowhere", Targets={"S3Targets": [{"Path": "s3://x/y"}]})
    assert again(client, "lost")["ErrorMessage"] == "Database nowhere not found."
