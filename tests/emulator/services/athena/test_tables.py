"""Tables of Glue are read, made, written and shown."""

import gzip
import json
from typing import Any

import pytest

from harness.aws_clients import Clients

LAKE = "athena-lake"
CSV = (
    "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://{}/'"
    " TBLPROPERTIES ('skip.header.line.count' = '1')"
)


@pytest.fixture(scope="module")
def s3(client: Clients) -> Any:
    client("s3").create_bucket(Bucket=LAKE)
    return client("s3")


@pytest.fixture(scope="module")
def shop(ask: Any, s3: Any) -> str:
    """A database with a table of two days."""
    put(s3, "orders/dt=2024-01-01/a.csv", 'id,item,price\n1,"a, b",2.5\n2,c,\n')
    put(s3, "orders/dt=2024-01-02/a.csv.gz", gzip.compress(b"id,item,price\n3,d,1\n"))
    put(s3, "orders/_SUCCESS", "no rows")
    assert ask("CREATE DATABASE shop").state == "SUCCEEDED"
    made = ask(
        "CREATE EXTERNAL TABLE orders (id string, item string, price string, missing string)"
        f" PARTITIONED BY (dt string) {CSV.format(f'{LAKE}/orders')}",
        "shop",
    )
    assert made.reason == ""
    repaired = ask("MSCK REPAIR TABLE orders", "shop")
    assert repaired.rows[1] == ("Repair: Added partition to metastore orders:dt=2024-01-01",)
    return "shop"


def put(s3: Any, key: str, content: str | bytes) -> None:
    s3.put_object(Bucket=LAKE, Key=key, Body=content)


def keys(s3: Any, prefix: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=LAKE, Prefix=prefix).get("Contents", [])]


def test_rows_are_read_by_partition_and_absent_columns_are_null(ask: Any, shop: str) -> None:
    every = ask("SELECT * FROM orders ORDER BY id", shop)
    assert every.names == ["id", "item", "price", "missing", "dt"]
    assert every.rows == [
        ("1", "a, b", "2.5", None, "2024-01-01"),
        ("2", "c", "", None, "2024-01-01"),
        ("3", "d", "1", None, "2024-01-02"),
    ]
    one = ask("SELECT count(*) FROM shop.orders AS o WHERE o.dt = '2024-01-01' AND item <> 'z'")
    assert (one.rows, one.names, one.types) == ([("2",)], ["_col0"], ["bigint"])
    assert 0 < one.scanned < every.scanned


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("dt > '2024-01-01' OR dt = 'x'", "1"),
        ("dt LIKE '2024-01-0%'", "3"),
        ("dt IN ('2024-01-01')", "2"),
        ("dt = '1999-01-01'", "0"),
    ],
)
def test_partitions_are_found_by_any_condition(ask: Any, shop: str, where: str, rows: str) -> None:
    assert ask(f"SELECT count(*) FROM orders WHERE {where}", shop).rows == [(rows,)]


def test_an_outer_join_loses_no_rows_to_pruning(ask: Any, shop: str) -> None:
    sql = "SELECT d.id FROM (VALUES '1', '9') AS d(id) LEFT JOIN orders ON orders.id = d.id WHERE orders.dt IS NULL"
    assert ask(sql, shop).rows == [("9",)]


def test_a_table_is_made_of_a_query_and_grows(ask: Any, shop: str, s3: Any) -> None:
    made = ask(
        f"CREATE TABLE clean WITH (format = 'PARQUET', external_location = 's3://{LAKE}/clean/',"
        " partitioned_by = ARRAY['dt']) AS SELECT CAST(id AS integer) AS id, item,"
        " TRY_CAST(price AS double) AS price, dt FROM orders",
        shop,
    )
    assert (made.reason, made.updated) == ("", 3)
    assert ask("INSERT INTO clean VALUES (4, 'x', 9.5, '2024-01-03')", shop).updated == 1
    assert ask("INSERT INTO clean (id, dt) SELECT 5, '2024-01-03'", shop).updated == 1
    rows = ask("SELECT id, price, dt FROM clean WHERE dt >= '2024-01-02' ORDER BY 1", shop)
    assert rows.rows == [("3", "1.0", "2024-01-02"), ("4", "9.5", "2024-01-03"), ("5", None, "2024-01-03")]
    assert rows.types == ["integer", "double", "varchar"]
    assert ask("SHOW PARTITIONS clean", shop).rows == [("dt=2024-01-01",), ("dt=2024-01-02",), ("dt=2024-01-03",)]
    assert ask('SELECT * FROM "clean$partitions"', shop).rows[-1] == ("2024-01-03",)
    [path] = ask('SELECT "$path" FROM clean WHERE id = 4', shop).rows
    assert str(path[0]).startswith(f"s3://{LAKE}/clean/dt=2024-01-03/")
    narrow, wide = ask("SELECT id FROM clean", shop), ask("SELECT * FROM clean", shop)
    assert 0 < narrow.scanned < wide.scanned
    again = ask(f"CREATE TABLE other WITH (external_location = 's3://{LAKE}/clean/') AS SELECT 1 AS x", shop)
    assert "HIVE_PATH_ALREADY_EXISTS" in again.reason
    assert "MISSING_COLUMN_NAME" in ask("CREATE TABLE other AS SELECT 1", shop).reason
    assert ask("DROP TABLE clean", shop).state == "SUCCEEDED"
    assert keys(s3, "clean/"), "an external table leaves its files"
    assert "TABLE_NOT_FOUND" in ask("SELECT * FROM clean", shop).reason


def test_more_than_a_hundred_partitions_fail(ask: Any, shop: str) -> None:
    rows = "SELECT 1 AS x, n FROM UNNEST(sequence(1, 101)) AS t(n)"
    sql = f"CREATE TABLE many WITH (partitioned_by = ARRAY['n']) AS {rows}"
    assert "HIVE_TOO_MANY_OPEN_PARTITIONS" in ask(sql, shop).reason


def test_views_are_kept_and_read(ask: Any, shop: str, client: Clients) -> None:
    made = ask(
        "CREATE OR REPLACE VIEW dear AS SELECT item, TRY_CAST(price AS double) AS price FROM orders",
        shop,
    )
    assert made.reason == ""
    assert ask("SELECT * FROM shop.dear WHERE price > 2").rows == [("a, b", "2.5")]
    assert ("dear",) in ask("SHOW VIEWS IN shop").rows
    table = client("glue").get_table(DatabaseName=shop, Name="dear")["Table"]
    assert (table["TableType"], table["ViewExpandedText"]) == ("VIRTUAL_VIEW", "/* Presto View */")
    assert "already exists" in ask("CREATE VIEW dear AS SELECT 1 AS x", shop).reason
    assert ask("DROP VIEW IF EXISTS dear", shop).state == "SUCCEEDED"
    assert "TABLE_NOT_FOUND" in ask("SELECT * FROM dear", shop).reason


@pytest.mark.parametrize(("form", "ending"), [("JSON", ".gz"), ("TEXTFILE", ".gz"), ("PARQUET", "")])
def test_unload_writes_what_a_table_reads(ask: Any, shop: str, s3: Any, form: str, ending: str) -> None:
    folder = f"unloaded-{form.lower()}"
    sql = f"UNLOAD (SELECT id, item, dt FROM orders ORDER BY id) TO 's3://{LAKE}/{folder}/' WITH (format = '{form}')"
    assert ask(sql, shop).updated == 3
    [key] = keys(s3, folder)
    assert key.endswith(ending)
    row = {
        "JSON": "SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'",
        "TEXTFILE": "DELIMITED FIELDS TERMINATED BY '\\001'",
    }
    how = f"ROW FORMAT {row[form]}" if form in row else "STORED AS PARQUET"
    ask(
        f"CREATE EXTERNAL TABLE back_{form} (id string, item string, dt string) {how} LOCATION 's3://{LAKE}/{folder}/'",
        shop,
    )
    assert ask(f"SELECT * FROM back_{form} ORDER BY id", shop).rows[0] == ("1", "a, b", "2024-01-01")
    assert "HIVE_PATH_ALREADY_EXISTS" in ask(sql, shop).reason


def test_text_is_read_as_the_serializers_do(ask: Any, shop: str, s3: Any) -> None:
    put(s3, "lazy/a.txt", "1\tx\t\\N\ttrue\nno\ty\n")
    ask(
        "CREATE EXTERNAL TABLE lazy (n int, s string, d date, b boolean)"
        f" ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' LOCATION 's3://{LAKE}/lazy/'",
        shop,
    )
    assert ask("SELECT * FROM lazy", shop).rows == [("1", "x", None, "true"), (None, "y", None, None)]
    lines = [{"Id": 1, "tags": ["a"], "at": {"x": 1.5}, "when": "2024-01-01 10:00:00"}, {"id": None}]
    put(s3, "documents/a.json", "\n".join(json.dumps(each) for each in lines))
    ask(
        "CREATE EXTERNAL TABLE documents (id bigint, tags array<string>, at struct<x:double>, `when` timestamp)"
        f" ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://{LAKE}/documents/'",
        shop,
    )
    read = ask('SELECT id, tags, at.x, "when" FROM documents ORDER BY id', shop)
    assert read.rows == [("1", "[a]", "1.5", "2024-01-01 10:00:00.000"), (None, None, None, None)]
    put(s3, "documents/b.json", "no json")
    assert "HIVE_CURSOR_ERROR" in ask("SELECT * FROM documents", shop).reason
    put(s3, "typed/a.csv", "n,d\n,19000\n")
    ask(f"CREATE EXTERNAL TABLE typed (n int, d date) {CSV.format(f'{LAKE}/typed')}", shop)
    assert ask("SELECT d FROM typed", shop).rows == [("2022-01-08",)]


def test_a_column_of_another_type_in_the_file_fails(ask: Any, shop: str) -> None:
    ask(f"CREATE TABLE typed_file WITH (external_location = 's3://{LAKE}/typed-file/') AS SELECT 1.5e0 AS x", shop)
    ask(
        f"CREATE EXTERNAL TABLE mistyped (x string, absent int) STORED AS PARQUET LOCATION 's3://{LAKE}/typed-file/'",
        shop,
    )
    assert "HIVE_BAD_DATA: Field x's type DOUBLE in parquet file" in ask("SELECT x FROM mistyped", shop).reason


def test_partitions_are_projected(ask: Any, shop: str, s3: Any) -> None:
    for day, region in (("2024-01-01", "eu"), ("2024-01-02", "us")):
        put(s3, f"projected/{region}/{day}/a.csv", f"n\n{day[-1]}\n")
    projection = {
        "projection.enabled": "true",
        "projection.region.type": "enum",
        "projection.region.values": "eu,us",
        "projection.day.type": "date",
        "projection.day.range": "2024-01-01,NOW",
        "projection.day.format": "yyyy-MM-dd",
        "storage.location.template": f"s3://{LAKE}/projected/${{region}}/${{day}}",
        "skip.header.line.count": "1",
    }
    properties = ", ".join(f"'{key}' = '{value}'" for key, value in projection.items())
    made = ask(
        "CREATE EXTERNAL TABLE projected (n string) PARTITIONED BY (region string, day string)"
        " ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
        f" LOCATION 's3://{LAKE}/projected/' TBLPROPERTIES ({properties})",
        shop,
    )
    assert made.reason == ""
    assert ask(
        "SELECT n, region FROM projected WHERE day BETWEEN '2024-01-01' AND '2024-02-01' ORDER BY 1", shop
    ).rows == [
        ("1", "eu"),
        ("2", "us"),
    ]
    ask("ALTER TABLE projected SET TBLPROPERTIES ('projection.region.type' = 'injected')", shop)
    assert "injected projected partition column region" in ask("SELECT * FROM projected", shop).reason
    assert ask("SELECT n FROM projected WHERE region = 'us' AND day < '2024-02-01'", shop).rows == [("2",)]


def test_partitions_are_added_and_dropped(ask: Any, shop: str, s3: Any) -> None:
    put(s3, "elsewhere/a.csv", "n\n7\n")
    ask(f"CREATE EXTERNAL TABLE parts (n string) PARTITIONED BY (p int) {CSV.format(f'{LAKE}/parts')}", shop)
    added = (
        f"ALTER TABLE parts ADD IF NOT EXISTS PARTITION (p = '7') LOCATION 's3://{LAKE}/elsewhere/'"
        " PARTITION (p = '8')"
    )
    assert ask(added, shop).reason == ""
    assert ask("SELECT n, p FROM parts WHERE p = 7", shop).rows == [("7", "7")]
    assert ask("SHOW PARTITIONS parts", shop).rows == [("p=7",), ("p=8",)]
    ask("ALTER TABLE parts DROP PARTITION (p = '7')", shop)
    assert ask("SHOW PARTITIONS parts", shop).rows == [("p=8",)]
    ask("ALTER TABLE parts ADD COLUMNS (more string)", shop)
    assert ask("SHOW COLUMNS IN parts", shop).rows == [(f"{name:<20}",) for name in ("n", "more", "p")]
    assert ask("DESCRIBE parts", shop).rows[0] == (f"{'n':<20}\t{'string':<20}\t{'':<20}",)


def test_parameters_and_prepared_statements(ask: Any, shop: str, client: Clients) -> None:
    sql = "SELECT item FROM orders WHERE id = ? AND dt > ?"
    assert ask(sql, shop, ExecutionParameters=["'3'", "'2024'"]).rows == [("d",)]
    assert "expected 2 but found 1" in ask(sql, shop, ExecutionParameters=["'3'"]).reason
    ask("PREPARE by_id FROM SELECT item FROM orders WHERE id = ?", shop)
    assert ask("EXECUTE by_id USING '1'", shop).rows == [("a, b",)]
    assert client("athena").get_prepared_statement(StatementName="by_id", WorkGroup="primary")
    ask("DEALLOCATE PREPARE by_id", shop)
    assert "Prepared statement not found: by_id" in ask("EXECUTE by_id USING '1'", shop).reason


def test_the_catalog_is_asked_by_sql(ask: Any, shop: str) -> None:
    assert ("shop",) in ask("SHOW DATABASES").rows
    sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'shop' AND table_name = 'orders'"
    assert ("missing",) in ask(sql).rows
    assert ask("SHOW TABLES IN shop 'ord*'").rows == [("orders",)]
    assert "not empty" in ask("DROP DATABASE shop").reason


def test_the_table_of_a_stack_is_read(ask: Any, s3: Any, client: Clients) -> None:
    """As CloudFormation makes it, by Glue's API."""
    put(s3, "stacked/a.csv", "1|x\n")
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "stacked"})
    glue.create_table(
        DatabaseName="stacked",
        TableInput={
            "Name": "rows",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {
                "Columns": [{"Name": "n", "Type": "int"}, {"Name": "s", "Type": "string"}],
                "Location": f"s3://{LAKE}/stacked/",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": "|"},
                },
            },
        },
    )
    assert ask('SELECT n + 1, s FROM "stacked"."rows"').rows == [("2", "x")]
