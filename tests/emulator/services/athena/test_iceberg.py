"""Iceberg tables in Athena's dialect: made, changed, read as they were, looked after."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.aws_clients import Clients

LAKE = "iceberg-lake"


@pytest.fixture(scope="module")
def s3(client: Clients) -> Any:
    client("s3").create_bucket(Bucket=LAKE)
    return client("s3")


@pytest.fixture(scope="module")
def done(ask: Any, s3: Any) -> Callable[..., Any]:
    """Carries out a statement, which succeeds."""
    ask("CREATE DATABASE ice")

    def done(sql: str) -> Any:
        answer = ask(sql, "ice")
        assert answer.state == "SUCCEEDED", answer.reason
        return answer

    return done


def orders(done: Any, name: str, partitions: str = "") -> None:
    done(
        f"CREATE TABLE {name} (id bigint, item string COMMENT 'what', price decimal(10,2), tags array<string>,"
        f" at timestamp) {partitions} LOCATION 's3://{LAKE}/{name}/' TBLPROPERTIES ('table_type' = 'ICEBERG',"
        " 'format' = 'parquet', 'write_compression' = 'snappy')"
    )


def keys(s3: Any, prefix: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=LAKE, Prefix=prefix).get("Contents", [])]


def snapshots(done: Any, name: str) -> list[str]:
    rows = done(f'SELECT snapshot_id FROM "ice"."{name}$snapshots" ORDER BY committed_at').rows
    return [row[0] for row in rows]


def test_rows_are_added_changed_deleted_and_merged(done: Any) -> None:
    orders(done, "changed")
    assert done("SELECT count(*), max(price) FROM changed").rows == [("0", None)]
    added = done(
        "INSERT INTO changed VALUES (1, 'a', 2.5, ARRAY['x', 'y'], TIMESTAMP '2024-01-01 10:00:00'),"
        " (2, 'b', NULL, NULL, NULL), (3, 'c', 1, ARRAY[], TIMESTAMP '2024-01-02 00:00:00')"
    )
    assert added.updated == 3
    assert done("SELECT * FROM changed ORDER BY id").rows == [
        ("1", "a", "2.50", "[x, y]", "2024-01-01 10:00:00.000"),
        ("2", "b", None, None, None),
        ("3", "c", "1.00", "[]", "2024-01-02 00:00:00.000"),
    ]
    assert done("UPDATE changed SET price = price * 2, item = upper(item) WHERE price IS NOT NULL").updated == 2
    assert done("DELETE FROM ice.changed WHERE id IN (SELECT 3)").updated == 1
    assert done("DELETE FROM changed WHERE id = 99").updated == 0
    merged = done(
        "MERGE INTO changed AS t USING (VALUES (1, 'gone'), (2, 'kept'), (9, 'new')) AS s (id, word) ON t.id = s.id"
        " WHEN MATCHED AND s.word = 'gone' THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET item = concat(t.item, '-', s.word)"
        " WHEN NOT MATCHED THEN INSERT (id, item) VALUES (s.id, s.word)"
    )
    assert merged.updated == 3
    assert done("SELECT id, item FROM changed ORDER BY id").rows == [("2", "b-kept"), ("9", "new")]
    operations = done('SELECT operation FROM "changed$snapshots" ORDER BY committed_at').rows
    assert [row[0] for row in operations] == ["append", "overwrite", "overwrite", "overwrite"]


def test_a_merge_that_is_ambiguous_and_tables_that_are_none_are_refused(ask: Any, done: Any, s3: Any) -> None:
    orders(done, "ambiguous")
    done("INSERT INTO ambiguous (id) VALUES (1)")
    before = keys(s3, "ambiguous/")
    merge = "MERGE INTO ambiguous t USING (VALUES 1, 1) AS s (id) ON t.id = s.id WHEN MATCHED THEN DELETE"
    assert "more than one source row" in ask(merge, "ice").reason
    assert keys(s3, "ambiguous/") == before
    done(f"CREATE EXTERNAL TABLE plain (id int) LOCATION 's3://{LAKE}/plain/'")
    assert "only supported for transactional tables" in ask("DELETE FROM plain WHERE id = 1", "ice").reason
    assert "is no Iceberg table" in ask("VACUUM plain", "ice").reason
    assert "no earlier versions" in ask("SELECT * FROM plain FOR VERSION AS OF 1", "ice").reason
    assert "TABLE_NOT_FOUND" in ask("UPDATE nowhere SET a = 1", "ice").reason


def test_a_table_is_read_as_it_was(ask: Any, done: Any) -> None:
    orders(done, "travelled")
    done("INSERT INTO travelled (id, item) VALUES (1, 'old')")
    done("ALTER TABLE travelled ADD COLUMNS (later string)")
    done("UPDATE travelled SET item = 'new', later = 'x'")
    first, second = snapshots(done, "travelled")
    assert done(f"SELECT item FROM travelled FOR VERSION AS OF {first} t WHERE t.id = 1").rows == [("old",)]
    assert done(f"SELECT * FROM travelled FOR VERSION AS OF {first}").names == ["id", "item", "price", "tags", "at"]
    assert done(f"SELECT later FROM ice.travelled FOR VERSION AS OF {second}").rows == [("x",)]
    assert done("SELECT item FROM travelled FOR VERSION AS OF 'main'").rows == [("new",)]
    [[moment]] = done(
        f'SELECT cast(committed_at AS varchar) FROM "travelled$snapshots" WHERE snapshot_id = {first}'
    ).rows
    at = f"SELECT item FROM travelled FOR TIMESTAMP AS OF TIMESTAMP '{moment}'"
    assert done(at).rows == [("old",)]
    assert done("SELECT item FROM travelled FOR TIMESTAMP AS OF (current_timestamp + interval '1' hour)").rows == [
        ("new",)
    ]
    early = ask("SELECT item FROM travelled FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'", "ice")
    assert early.reason.startswith('INVALID_ARGUMENTS: No version history table "ice"."travelled" at or before')
    assert (
        "Iceberg snapshot ID does not exists: 7"
        in ask("SELECT item FROM travelled FOR VERSION AS OF 7", "ice").reason
    )
    joined = done(f"SELECT n.item, o.item FROM travelled n JOIN travelled FOR VERSION AS OF {first} o ON n.id = o.id")
    assert joined.rows == [("new", "old")]


def test_metadata_is_a_table(ask: Any, done: Any) -> None:
    orders(done, "inspected", "PARTITIONED BY (day(at), bucket(4, id))")
    assert done('SELECT * FROM "inspected$snapshots"').rows == []
    done(
        "INSERT INTO inspected (id, at) VALUES (1, DATE '2024-01-01'), (2, DATE '2024-01-01'), (3, DATE '2024-01-02')"
    )
    done("INSERT INTO inspected (id, at) VALUES (1, DATE '2024-01-01')")
    first, second = snapshots(done, "inspected")
    history = done('SELECT snapshot_id, parent_id, is_current_ancestor FROM "inspected$history" ORDER BY 1')
    assert sorted(history.rows) == sorted([(first, None, "true"), (second, first, "true")])
    assert done('SELECT sum(record_count), count(*) > 2 FROM "inspected$files"').rows == [("4", "true")]
    days = done('SELECT partition.at_day, sum(record_count) FROM "inspected$partitions" GROUP BY 1 ORDER BY 1')
    assert days.rows == [("2024-01-01", "3"), ("2024-01-02", "1")]
    assert done('SELECT name, type, snapshot_id FROM "inspected$refs"').rows == [("main", "BRANCH", second)]
    assert done('SELECT count(*) > 0 FROM "inspected$manifests"').rows == [("true",)]
    assert "has no inspected$nothing" in ask('SELECT * FROM "inspected$nothing"', "ice").reason


def test_columns_come_go_and_widen_and_old_rows_follow(ask: Any, done: Any) -> None:
    done(
        f"CREATE TABLE evolved (id int, word string, gone double) LOCATION 's3://{LAKE}/evolved'"
        " TBLPROPERTIES ('table_type'='ICEBERG')"
    )
    done("INSERT INTO evolved VALUES (1, 'a', 0.5)")
    done("ALTER TABLE evolved ADD COLUMNS (later map<string,int>, note string COMMENT 'new')")
    done("ALTER TABLE evolved DROP COLUMN gone")
    done("ALTER TABLE evolved CHANGE COLUMN id number bigint COMMENT 'wider'")
    done("INSERT INTO evolved VALUES (5000000000, 'b', MAP(ARRAY['k'], ARRAY[1]), 'n')")
    every = done("SELECT * FROM evolved ORDER BY number")
    assert every.names == ["number", "word", "later", "note"]
    assert every.rows == [("1", "a", None, None), ("5000000000", "b", "{k=1}", "n")]
    assert every.types[0] == "bigint"
    assert "cannot be resolved" in ask("SELECT gone FROM evolved", "ice").reason
    assert (
        "Cannot change column type: number: long -> int"
        in ask("ALTER TABLE evolved CHANGE COLUMN number number int", "ice").reason
    )
    assert "Duplicate column name: word" in ask("ALTER TABLE evolved ADD COLUMNS (word string)", "ice").reason
    assert "does not exist in ice.evolved" in ask("ALTER TABLE evolved DROP COLUMN nope", "ice").reason
    lines = [row[0] for row in done("DESCRIBE evolved").rows]
    assert [line.split()[:2] for line in lines if line.startswith("number")] == [["number", "bigint"]]


def test_a_table_is_made_of_a_query(ask: Any, done: Any, s3: Any) -> None:
    made = done(
        f"CREATE TABLE made WITH (table_type = 'ICEBERG', is_external = false, location = 's3://{LAKE}/made/',"
        " format = 'PARQUET', partitioning = ARRAY['month(at)', 'truncate(word, 1)', 'id']) AS"
        " SELECT id, word, CAST(at AS timestamp(6)) AS at FROM (VALUES"
        " (1, 'ab', TIMESTAMP '2024-01-31 23:59:59.123'), (2, 'ac', TIMESTAMP '2024-02-01 00:00:00'))"
        " AS t (id, word, at)"
    )
    assert made.updated == 2
    files = keys(s3, "made/data/")
    assert sorted(key.split("/")[2:5] for key in files) == [
        ["at_month=2024-01", "word_trunc=a", "id=1"],
        ["at_month=2024-02", "word_trunc=a", "id=2"],
    ]
    assert done("SELECT at FROM made WHERE id = 1").rows == [("2024-01-31 23:59:59.123",)]
    lines = [row[0] for row in done("DESCRIBE made").rows]
    assert "at_month\tmonth\tat" in lines
    none = done(
        f"CREATE TABLE without WITH (table_type = 'ICEBERG', is_external = false, location = 's3://{LAKE}/without/')"
        " AS SELECT 1 AS one, current_timestamp AS now WITH NO DATA"
    )
    assert none.updated == 0
    again = ask(
        f"CREATE TABLE again WITH (table_type = 'ICEBERG', is_external = false, location = 's3://{LAKE}/without/')"
        " AS SELECT 1 AS one",
        "ice",
    )
    assert again.reason.startswith("HIVE_PATH_ALREADY_EXISTS")
    assert done("SELECT * FROM without").rows == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE t WITH (table_type = 'ICEBERG', location = 's3://b/t/') AS SELECT 1 AS x", "is_external"),
        ("CREATE TABLE t WITH (table_type = 'ICEBERG', is_external = false) AS SELECT 1 AS x", "location must"),
        ("CREATE EXTERNAL TABLE t (x int) LOCATION 's3://b/t/' TBLPROPERTIES ('table_type'='ICEBERG')", "External"),
        ("CREATE TABLE t (x tinyint) LOCATION 's3://b/t/' TBLPROPERTIES ('table_type'='ICEBERG')", "tinyint is not"),
        ("CREATE TABLE t (x int) TBLPROPERTIES ('table_type'='ICEBERG')", "location must be set"),
        (
            "CREATE TABLE t (x int) LOCATION 's3://b/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'owner'='me')",
            "Unsupported table property key: owner",
        ),
        (
            "CREATE TABLE t (x int) LOCATION 's3://b/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'format'='orc')",
            "as PARQUET only",
        ),
        (
            "CREATE TABLE t (x int) PARTITIONED BY (day(y)) LOCATION 's3://b/t/' TBLPROPERTIES"
            " ('table_type'='ICEBERG')",
            "Cannot find the column of the partition: day(y)",
        ),
    ],
)
def test_what_athena_makes_no_table_of_is_refused(ask: Any, done: Any, sql: str, reason: str) -> None:
    assert reason in ask(sql, "ice").reason


def test_at_most_a_hundred_partitions_are_written_at_once(ask: Any, done: Any, s3: Any) -> None:
    orders(done, "narrow", "PARTITIONED BY (id)")
    before = keys(s3, "narrow/")
    refused = ask("INSERT INTO narrow (id) SELECT n FROM UNNEST(sequence(1, 101)) AS t (n)", "ice")
    assert refused.reason.startswith("ICEBERG_TOO_MANY_OPEN_PARTITIONS")
    assert keys(s3, "narrow/data/") == []
    assert keys(s3, "narrow/") == before
    assert done("INSERT INTO narrow (id) SELECT n FROM UNNEST(sequence(1, 100)) AS t (n)").updated == 100


def test_files_are_compacted_and_old_snapshots_go(ask: Any, done: Any, s3: Any) -> None:
    orders(done, "kept")
    for number in range(3):
        done(f"INSERT INTO kept (id) VALUES ({number})")
    assert done('SELECT count(*) FROM "kept$files"').rows == [("3",)]
    done("OPTIMIZE kept REWRITE DATA USING BIN_PACK")
    assert done('SELECT count(*) FROM "kept$files"').rows == [("1",)]
    done("VACUUM kept")
    assert len(snapshots(done, "kept")) == 4
    assert len(keys(s3, "kept/data/")) == 4
    done("ALTER TABLE kept SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds' = '0')")
    done("VACUUM kept")
    assert len(snapshots(done, "kept")) == 1
    assert len(keys(s3, "kept/data/")) == 1
    assert done("SELECT sum(id), count(*) FROM kept").rows == [("3", "3")]
    done("ALTER TABLE kept UNSET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds')")
    assert "vacuum_max" not in str(done("SHOW CREATE TABLE kept").rows)
    unset = ask("ALTER TABLE kept UNSET TBLPROPERTIES ('write_compression')", "ice")
    assert "Unsupported table property key: write_compression" in unset.reason


def test_a_table_is_described_and_made_again_by_its_statement(ask: Any, done: Any) -> None:
    orders(done, "described", "PARTITIONED BY (item, day(at), bucket(16, id))")
    lines = [row[0] for row in done("SHOW CREATE TABLE described").rows]
    assert "PARTITIONED BY (item, day(at), bucket(16, id))" in lines
    assert "  item string COMMENT 'what'," in lines
    assert "  'write_compression'='snappy')" in lines
    done("DROP TABLE described")
    done("\n".join(lines))
    assert [row[0] for row in done("SHOW CREATE TABLE described").rows] == lines
    spec = [row[0] for row in done("DESCRIBE described").rows][-3:]
    assert spec == ["item\tidentity\titem", "at_day\tday\tat", "id_bucket\tbucket[16]\tid"]
    assert 'SELECT * FROM "described$partitions"' in ask("SHOW PARTITIONS described", "ice").reason


def test_a_query_scans_the_columns_that_it_names(ask: Any, done: Any, client: Clients) -> None:
    orders(done, "wide")
    done("INSERT INTO wide (id, item) SELECT n, cast(rand() AS varchar) FROM UNNEST(sequence(1, 5000)) AS t (n)")
    narrow, every = done("SELECT sum(id) FROM wide"), done("SELECT count(DISTINCT item), sum(id) FROM wide")
    assert 0 < narrow.scanned < every.scanned / 2
    client("athena").create_work_group(Name="iceberg-limit", Configuration={"BytesScannedCutoffPerQuery": 10_000_000})
    [[size]] = done('SELECT sum(file_size_in_bytes) FROM "wide$files"').rows
    assert int(size) < 10_000_000
    assert ask("SELECT * FROM wide", "ice", WorkGroup="iceberg-limit").state == "SUCCEEDED"


def test_views_ctas_unload_and_drops_take_iceberg_tables(done: Any, s3: Any, client: Clients) -> None:
    orders(done, "base")
    done("INSERT INTO base (id, item) VALUES (1, 'a'), (2, 'b')")
    done("CREATE VIEW of_base AS SELECT id, item FROM base WHERE id > 1")
    assert done("SELECT item FROM of_base").rows == [("b",)]
    unloaded = done(
        f"UNLOAD (SELECT id, item FROM base) TO 's3://{LAKE}/unloaded/' WITH (format = 'JSON', compression = 'NONE')"
    )
    assert unloaded.updated == 2
    [key] = keys(s3, "unloaded/")
    rows = s3.get_object(Bucket=LAKE, Key=key)["Body"].read().decode().splitlines()
    assert sorted(json.loads(row)["item"] for row in rows) == ["a", "b"]
    table = client("glue").get_table(DatabaseName="ice", Name="base")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["Parameters"]["metadata_location"].startswith(f"s3://{LAKE}/base/metadata/")
    done("DROP TABLE base")
    assert keys(s3, "base/") == []
