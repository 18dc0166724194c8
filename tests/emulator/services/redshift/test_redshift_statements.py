"""Statements of Redshift: what they answer, load and unload, and what is refused."""

import gzip
import json
from typing import Any

import pytest

from harness.aws_clients import Clients

BUCKET = "warehouse-files"
Row = tuple[Any, ...]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT customer, sum(amount) FROM orders GROUP BY 1 ORDER BY 1",
         [("ann", "11.50"), ("bob", "2.00"), ("cy", None)]),
        ("SELECT avg(pieces), avg(amount::float) FROM orders WHERE customer = 'ann'", [(2, 5.75)]),
        ("SELECT 7 / 2, 7 / 2.0 > 3.4", [(3, True)]),
        ("SELECT TOP 1 customer FROM orders ORDER BY amount NULLS LAST", [("ann",)]),
        ("SELECT NVL(amount, 0)::int, DECODE(customer, 'cy', 1, 0) FROM orders WHERE id = 4", [(0, 1)]),
        ("SELECT LISTAGG(customer, '+') WITHIN GROUP (ORDER BY id) FROM orders", [("ann+bob+ann+cy",)]),
        ("SELECT DATEADD(month, 1, at), DATEDIFF(day, at, '2026-03-01') FROM orders WHERE id = 1",
         [("2026-02-28 10:00:00", 29)]),
        ("SELECT TRUNC(at), TRUNC(3.7), TO_CHAR(at, 'YYYY/MM') FROM orders WHERE id = 2",
         [("2026-02-01", "3", "2026/02")]),
        ("SELECT 'abcdef'::varchar(3), 'a_c' LIKE 'a\\\\_c', 'abc' LIKE 'a\\\\_c'", [("abc", True, False)]),
        ("SELECT customer FROM orders ORDER BY amount DESC LIMIT 2", [("cy",), ("ann",)]),
        ("SELECT id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY customer ORDER BY at DESC) = 1 ORDER BY 1",
         [(2,), (3,), (4,)]),
        ("SELECT count(*) FROM orders WHERE customer ILIKE 'A%' AND customer SIMILAR TO '(a|b)n_'", [(2,)]),
        ("SELECT GETDATE() > '2020-01-01'::timestamp, LEN('abc'), REGEXP_REPLACE('a-b-c', '-', '')",
         [(True, 3, "abc")]),
        ("SELECT json_extract_path_text('{\"a\": {\"b\": \"c\"}}', 'a', 'b')", [("c",)]),
        ("SELECT DISTINCT o.customer, c.page FROM orders o JOIN lake.clicks c ON c.customer = o.customer"
         " WHERE c.day = 'mon'", [("ann", "/")]),
        ("WITH big AS (SELECT * FROM dev.public.orders WHERE amount > 5) SELECT count(*) FROM big", [(1,)]),
    ],
)  # fmt: skip
def test_an_answer(ask: Any, sql: str, rows: list[Row]) -> None:
    answer = ask(sql)
    assert answer.reason == ""
    assert answer.rows == rows


def test_columns_are_called_and_typed_as_in_redshift(ask: Any) -> None:
    answer = ask(
        "SELECT id, amount, at, at::date, count(*), amount * 2, 1.5::float8, true FROM orders GROUP BY 1,2,3,4,6"
    )
    assert answer.columns[:6] == ["id", "amount", "at", "at", "count", "?column?"]
    assert answer.types == ["int4", "numeric", "timestamp", "date", "int8", "numeric", "float8", "bool"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM nothing", 'ERROR: relation "nothing" does not exist'),
        ("SELECT nothing FROM orders", 'ERROR: column "nothing" does not exist'),
        ("SELEC 1", "ERROR: syntax error at or near"),
        ("SELECT FROM WHERE", "ERROR: syntax error at or near"),
        ("SELECT 1 / 0", "ERROR: division by zero"),
        ("INSERT INTO orders (customer) VALUES ('far too long')", "value too long for type character varying(8)"),
        ("INSERT INTO orders (customer) VALUES (NULL)", "Cannot insert a NULL value into column customer"),
        ("SELECT strtol('ff', 16)", "the emulator does not translate it"),
        ("SELECT day FROM lake.clicks WHERE day = 'tue'", "Row is not a valid JSON Object"),
        ("INSERT INTO lake.clicks VALUES ('a', 'b', 'c')", "does not support changes of external tables"),
        ("CREATE VIEW v AS SELECT * FROM lake.clicks", "does not support views over external tables"),
        ("CALL cleaned()", "ERROR: The emulator does not support this statement: CALL cleaned()"),
        ("COPY orders FROM 's3://warehouse-files/x'", "ERROR: COPY requires an authorization"),
        ("COPY orders FROM 's3://warehouse-files/x' IAM_ROLE 'arn:aws:iam::123456789012:role/other'",
         "ERROR: The requested role arn:aws:iam::123456789012:role/other is not associated to cluster"),
        ("COPY orders FROM 's3://warehouse-files/none/' IAM_ROLE default CSV",
         "ERROR: The specified S3 prefix 'none/' does not exist"),
        ("COPY orders FROM 's3://warehouse-files/clicks/' IAM_ROLE default FORMAT AS AVRO 'auto'",
         "ERROR: The emulator does not support COPY with AVRO"),
        ("UNLOAD ('SELECT 1 AS one LIMIT 1') TO 's3://warehouse-files/u/' IAM_ROLE default",
         "ERROR: Limit clause is not supported"),
        ("UNLOAD ('SELECT 1 AS one') TO 's3://warehouse-files/clicks/' IAM_ROLE default",
         "ERROR: Specified unload destination on S3 is not empty."),
    ],
)  # fmt: skip
def test_a_statement_fails_with_its_reason(ask: Any, sql: str, said: str) -> None:
    answer = ask(sql)
    assert answer.statement["Status"] == "FAILED"
    assert said in answer.reason


def test_files_of_each_format_are_copied(ask: Any, client: Clients) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=BUCKET, Key="in/csv_1.gz", Body=gzip.compress(b'name;n;at\n"a ""b""";1;2026-01-01\n;;\n'))
    s3.put_object(Bucket=BUCKET, Key="in/csv_2.gz", Body=gzip.compress(b"name;n;at\nc;3;\n"))
    s3.put_object(Bucket=BUCKET, Key="in/json", Body=b'{"n": 4, "name": "d", "more": [1]}\n{"name": "e"}')
    s3.put_object(Bucket=BUCKET, Key="in/text", Body=b"f|6|2026-01-02\ng|\\N|\\N\n")
    listed = {"entries": [{"url": f"s3://{BUCKET}/in/text", "mandatory": True}]}
    s3.put_object(Bucket=BUCKET, Key="in/list", Body=json.dumps(listed).encode())
    ask("CREATE TABLE loaded (name VARCHAR, n INT, at DATE)")
    copied = [
        ask(f"COPY loaded FROM 's3://{BUCKET}/in/{file}' IAM_ROLE default {options}")
        for file, options in (
            ("csv_", "FORMAT AS CSV DELIMITER ';' IGNOREHEADER 1 GZIP COMPUPDATE OFF"),
            ("json", "JSON 'auto'"),
            ("list", "MANIFEST"),
        )
    ]
    assert [(each.reason, each.changed) for each in copied] == [("", 3), ("", 2), ("", 2)]
    assert ask("SELECT * FROM loaded ORDER BY name").rows == [
        ("", None, None),
        ('a "b"', 1, "2026-01-01"),
        ("c", 3, None),
        ("d", 4, None),
        ("e", None, None),
        ("f", 6, "2026-01-02"),
        ("g", None, None),
    ]


def test_a_row_that_does_not_fit_loads_nothing(ask: Any, client: Clients) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="bad/rows.csv", Body=b"a,1\nb,many\n")
    ask("CREATE TABLE fitting (name VARCHAR, n INT)")
    failed = ask(f"COPY fitting FROM 's3://{BUCKET}/bad/' IAM_ROLE default CSV")
    assert "ERROR: Load into table 'fitting' failed. Check 'sys_load_error_detail'" in failed.reason
    assert "many" in failed.reason
    assert ask("SELECT count(*) FROM fitting").rows == [(0,)]


@pytest.mark.parametrize(
    ("name", "unloaded", "copied"),
    [
        ("csv", "FORMAT AS CSV HEADER GZIP", "FORMAT AS CSV IGNOREHEADER 1 GZIP"),
        ("text", "DELIMITER ',' NULL AS '-'", "DELIMITER ',' NULL AS '-'"),
        ("parquet", "FORMAT AS PARQUET", "FORMAT AS PARQUET"),
        ("json", "FORMAT AS JSON", "JSON 'auto'"),
    ],
)
def test_what_is_unloaded_is_copied_back(ask: Any, name: str, unloaded: str, copied: str) -> None:
    target = f"s3://{BUCKET}/round/{name}/"
    columns = "customer, amount, pieces, at"
    ask(f"CREATE TABLE back_{name} (customer VARCHAR, amount DECIMAL(8,2), pieces INT, at TIMESTAMP)")
    query = f"SELECT {columns} FROM orders WHERE customer <> ''x''"
    assert ask(f"UNLOAD ('{query}') TO '{target}' IAM_ROLE default {unloaded}").changed == 4
    back = ask(f"COPY back_{name} FROM '{target}' IAM_ROLE default {copied}")
    assert (back.reason, back.changed) == ("", 4)
    same = ask(f"SELECT {columns} FROM orders ORDER BY at, customer").rows
    assert ask(f"SELECT {columns} FROM back_{name} ORDER BY at, customer").rows == same


def test_unloaded_files_are_partitioned_listed_and_replaced(ask: Any, client: Clients) -> None:
    s3, target = client("s3"), f"s3://{BUCKET}/parted/"
    unload = (
        f"UNLOAD ($$SELECT customer, sum(pieces) AS pieces FROM orders GROUP BY 1$$) TO '{target}' IAM_ROLE default"
        " FORMAT AS PARQUET PARTITION BY (customer) MANIFEST"
    )
    assert ask(unload).changed == 3
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="parted/")["Contents"]]
    assert keys == [
        *(f"parted/customer={name}/0000_part_00.parquet" for name in ("ann", "bob", "cy")),
        "parted/manifest",
    ]
    manifest = json.loads(s3.get_object(Bucket=BUCKET, Key="parted/manifest")["Body"].read())
    assert [each["url"] for each in manifest["entries"]] == [f"s3://{BUCKET}/{key}" for key in keys[:-1]]
    assert "is not empty" in ask(unload).reason
    assert ask(f"{unload} ALLOWOVERWRITE").reason == ""
    s3.put_object(Bucket=BUCKET, Key="parted/old", Body=b"old")
    assert ask(f"{unload} CLEANPATH").reason == ""
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="parted/")["Contents"]] == keys


def test_columns_of_parquet_are_taken_in_their_order(ask: Any) -> None:
    target = f"s3://{BUCKET}/ordered/"
    ask(f"UNLOAD ('SELECT pieces, customer FROM orders') TO '{target}' IAM_ROLE default PARQUET")
    ask("CREATE TABLE swapped (customer VARCHAR, pieces INT)")
    ask("CREATE TABLE narrow (pieces INT)")
    assert (
        "incompatible Parquet schema for column 'customer'"
        in ask(f"COPY swapped FROM '{target}' IAM_ROLE default PARQUET").reason
    )
    assert "Unmatched number of columns" in ask(f"COPY narrow FROM '{target}' IAM_ROLE default PARQUET").reason
    assert ask(f"COPY swapped (pieces, customer) FROM '{target}' IAM_ROLE default PARQUET").changed == 4


def test_rows_are_changed_and_definitions_too(ask: Any) -> None:
    ask("CREATE SCHEMA IF NOT EXISTS own AUTHORIZATION admin")
    ask("CREATE TABLE own.stock (name VARCHAR(10), n INT) SORTKEY (name)")
    assert ask("SELECT :odd AS odd, ':odd' AS same", odd="it's \\").rows == [("it's \\", ":odd")]
    assert ask("INSERT INTO own.stock VALUES (:first, 1), ('b;', :second)", first="it's", second="2").changed == 2
    assert ask("UPDATE own.stock SET n = n + 1 WHERE name = :name", name="b;").changed == 1
    ask("CREATE TABLE own.more AS SELECT name, sum(n) AS n FROM own.stock GROUP BY 1")
    merged = (
        "MERGE INTO own.stock USING own.more ON own.stock.name = own.more.name"
        " WHEN MATCHED THEN UPDATE SET n = 9 WHEN NOT MATCHED THEN INSERT VALUES (own.more.name, own.more.n)"
    )
    assert ask(merged).reason == ""
    ask("ALTER TABLE own.stock ADD COLUMN seen VARCHAR(5)")
    ask("CREATE OR REPLACE VIEW own.shown AS SELECT name, n, seen FROM own.stock")
    assert ask("SELECT * FROM own.shown ORDER BY 1").rows == [("b;", 9, None), ("it's", 9, None)]
    assert ask("DELETE FROM own.stock WHERE name = 'b;'").changed == 1
    assert ask("DROP TABLE own.more").reason == ""
    assert ask("SELECT 1 FROM own.more").reason == 'ERROR: relation "more" does not exist'


def test_identities_count_from_their_seed_and_anew_in_a_new_table(ask: Any) -> None:
    made = "CREATE TABLE {} counted (n BIGINT IDENTITY(10, 5), name VARCHAR(MAX))"
    for _ in range(2):
        assert ask(made.format("")).reason == ""
        ask("INSERT INTO counted (name) VALUES ('a'), ('b')")
        assert ask("SELECT n FROM counted ORDER BY 1").rows == [(10,), (15,)]
        assert ask(made.format("")).reason == 'ERROR: Relation "counted" already exists'
        assert ask(made.format("IF NOT EXISTS")).reason == ""
        ask("INSERT INTO counted (name) VALUES ('c')")
        assert ask("SELECT max(n) FROM counted").rows == [(20,)]
        ask("DROP TABLE counted")
