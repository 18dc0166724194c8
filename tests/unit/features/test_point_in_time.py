"""Training sets: what DuckDB makes of the query, against a reference that looks at every record for every row."""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import duckdb
import pytest
import sqlglot

import sagemaker_constructs as sm
from sagemaker_constructs.core.problems import InvalidInput

HISTORIES = 1_000
TIMES = [f"2026-11-{day:02}T06:00:00Z" for day in range(1, 13)]
CUSTOMERS = sm.FeatureHistory("customers", "customer", "at", ["calls", "plan"], prefix="customer_")
FEATURES = "calls BIGINT, plan VARCHAR, write_time TIMESTAMP, api_invocation_time TIMESTAMP, is_deleted BOOLEAN"


class Event(NamedTuple):
    customer: str
    at: str
    calls: int | None
    plan: str | None
    written: str
    received: str
    deleted: bool


class Row(NamedTuple):
    customer: str
    happened: str
    label: int


def _events(drawn: random.Random, customer: str) -> Iterator[Event]:
    """A life with ties, deletions, missing values, and records that come long after what they tell."""
    for number in range(drawn.randrange(8)):
        at = drawn.randrange(len(TIMES))
        late = TIMES[min(at + drawn.choice([0, 0, 0, 1, 5]), len(TIMES) - 1)].replace(
            "T06:00:00Z", f"T07:00:{number:02}"
        )
        calls, plan = drawn.choice([None, 1, 2, 3]), drawn.choice([None, "monthly", "yearly"])
        yield Event(customer, TIMES[at], calls, plan, late, late, drawn.random() < 0.2)


@pytest.fixture(scope="module")
def records() -> list[Event]:
    drawn = random.Random(20261129)
    return [event for number in range(HISTORIES) for event in _events(drawn, f"c{number}")]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    drawn = random.Random(4)
    return [Row(f"c{number}", drawn.choice(TIMES), label) for number in range(HISTORIES + 20) for label in range(3)]


@pytest.fixture(scope="module")
def database(records: list[Event], rows: list[Row]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f'CREATE TABLE customers (customer VARCHAR, "at" VARCHAR, {FEATURES})')
    connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)", records)
    connection.execute("CREATE TABLE spine (customer VARCHAR, happened VARCHAR, label BIGINT)")
    connection.executemany("INSERT INTO spine VALUES (?, ?, ?)", rows)
    return connection


def _reference(records: Sequence[Event], row: Row, *, known_at: bool) -> tuple[Any, ...]:
    """By looking at every record of the customer."""
    seen = [
        each
        for each in records
        if each.customer == row.customer
        and each.at <= row.happened
        and (not known_at or f"{each.received}Z" <= row.happened)
    ]
    newest = max(seen, key=lambda each: (each.at, each.written), default=None)
    features = (newest.calls, newest.plan) if newest and not newest.deleted else (None, None)
    return (*row, *features)


def _query(*, known_at: bool = False) -> sm.PointInTimeQuery:
    return sm.PointInTimeQuery("spine", "happened", [CUSTOMERS], columns=["label"], known_at=known_at)


@pytest.mark.parametrize("known_at", [False, True])
@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
def test_every_row_has_what_the_reference_gives_it(
    database: duckdb.DuckDBPyConnection,
    records: list[Event],
    rows: list[Row],
    known_at: bool,
    dialect: Literal["duckdb", "athena"],
) -> None:
    sql = _query(known_at=known_at).sql(dialect)
    [own] = sqlglot.transpile(sql, read=dialect, write="duckdb") if dialect == "athena" else [sql]
    got = database.execute(own).fetchall()
    by_customer: dict[str, list[Event]] = {}
    for each in records:
        by_customer.setdefault(each.customer, []).append(each)
    expected = [_reference(by_customer.get(row.customer, ()), row, known_at=known_at) for row in rows]
    assert sorted(got, key=str) == sorted(expected, key=str)
    if known_at:
        plain = database.execute(_query().sql("duckdb")).fetchall()
        assert sorted(plain, key=str) != sorted(got, key=str)


def test_two_tables_are_joined_by_their_own_keys_and_times() -> None:
    connection = duckdb.connect()
    connection.execute(f'CREATE TABLE customers (customer VARCHAR, "at" DOUBLE, {FEATURES})')
    connection.execute("CREATE SCHEMA shops")
    connection.execute(f"CREATE TABLE shops.all_of_them (id BIGINT, seen DOUBLE, {FEATURES})")
    connection.execute("CREATE TABLE orders (customer VARCHAR, shop BIGINT, happened DOUBLE)")
    moment = "TIMESTAMP '1970-01-01 00:00:10'"
    connection.execute(f"INSERT INTO customers VALUES ('a', 10, 1, 'x', {moment}, {moment}, false)")
    connection.execute(f"INSERT INTO shops.all_of_them VALUES (7, 5, 2, 'y', {moment}, {moment}, NULL)")
    connection.execute("INSERT INTO orders VALUES ('a', 7, 9), ('a', 7, 10), ('a', 7, 10), (NULL, 8, 11)")
    shops = sm.FeatureHistory("shops.all_of_them", "id", "seen", ["plan"], joined_on="shop")
    query = sm.PointInTimeQuery("orders", "happened", [CUSTOMERS, shops], seconds=True)
    got = connection.execute(query.sql("duckdb")).fetchall()
    assert sorted(got, key=str) == sorted(
        [("a", 7, 9.0, None, None, "y"), *[("a", 7, 10.0, 1, "x", "y")] * 2, (None, 8, 11.0, None, None, None)],
        key=str,
    )
    known = sm.PointInTimeQuery("orders", "happened", [shops], seconds=True, known_at=True)
    assert connection.execute(f"SELECT happened, plan FROM ({known.sql('duckdb')}) ORDER BY happened").fetchall() == [
        (9.0, None),
        (10.0, "y"),
        (10.0, "y"),
        (11.0, None),
    ]


def test_names_that_cannot_stand_in_a_query_are_refused_together() -> None:
    history = sm.FeatureHistory("customers; drop", "customer", "at", ["calls", 'a"b'])
    with pytest.raises(InvalidInput) as refused:
        sm.PointInTimeQuery("spine", "happened", [history, CUSTOMERS, CUSTOMERS], columns=["customer_calls"])
    assert [problem.path for problem in refused.value.problems] == [
        "histories[0].table",
        "histories[0].features[1]",
        "histories[1].features[0]",
        "histories[2].features[0]",
        "histories[2].features[1]",
    ]
    with pytest.raises(InvalidInput, match="histories must hold at least one table"):
        sm.PointInTimeQuery("spine", "happened", [])
    with pytest.raises(InvalidInput, match=r"histories\[0\].features must hold at least one column"):
        sm.PointInTimeQuery("spine", "happened", [sm.FeatureHistory("customers", "customer", "at", [])])
