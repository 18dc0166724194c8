# ruff: noqa: E501 - a case is a line
"""Queries of Athena's dialect give what the documentation of Athena and of Trino says.

Each case names its page: those of functions are of https://trino.io/docs/current/functions/, on which Athena's engine
version 3 is based (https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html), the others of Athena's guide.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from emulator.services.athena.language.dialect import Translation, parse_query

Rows = Sequence[tuple[str | None, ...]]

CASES: Sequence[tuple[str, str, Rows]] = (
    # Arithmetic and conversions
    ("math", "SELECT 7 / 2, 7 % 2, -7 / 2, 7e0 / 2", [("3", "1", "-3", "3.5")]),
    ("math", "SELECT round(2.5), truncate(-2.7), sqrt(16), mod(7, 4)", [("3", "-2", "4.0", "3")]),
    ("conversion", "SELECT TRY_CAST('x' AS integer), TRY(CAST('x' AS integer)), CAST('7' AS bigint)", [(None, None, "7")]),
    ("conversion", "SELECT CAST(TIMESTAMP '2022-10-20 05:10:00' AS varchar), CAST(1e10 AS varchar)",
     [("2022-10-20 05:10:00.000", "1.0E10")]),
    ("conversion", "SELECT CAST('abcdef' AS varchar(3)), format('%s%%', 123), format('%05d', 8)", [("abc", "123%", "00008")]),
    ("conditional", "SELECT nullif(1, 1), coalesce(NULL, 2), if(1 > 2, 'a'), greatest(1, NULL, 3)", [(None, "2", None, None)]),
    ("conditional", "SELECT COALESCE(TRY(8 / packages), 0) FROM (VALUES 4, 0) AS t(packages) ORDER BY 1", [("0",), ("2",)]),
    ("comparison", "SELECT 3 BETWEEN 2 AND 6, NULL IS DISTINCT FROM NULL, 'abc' LIKE 'A%'", [("true", "false", "false")]),
    # Dates and times
    ("datetime", "SELECT date_format(TIMESTAMP '2022-10-20 05:10:00', '%m-%d-%Y %H')", [("10-20-2022 05",)]),
    ("datetime", "SELECT date_parse('2022/10/20/05', '%Y/%m/%d/%H')", [("2022-10-20 05:00:00.000",)]),
    ("datetime", "SELECT date_parse('2022-10-20 07:08:09', '%Y-%m-%d %H:%i:%s')", [("2022-10-20 07:08:09.000",)]),
    ("datetime", "SELECT date_add('second', 86, TIMESTAMP '2020-03-01 00:00:00')", [("2020-03-01 00:01:26.000",)]),
    ("datetime", "SELECT date_add('day', -1, TIMESTAMP '2020-03-01 00:00:00 UTC')", [("2020-02-29 00:00:00.000 UTC",)]),
    ("datetime", "SELECT date_add('month', 1, DATE '2020-01-31')", [("2020-02-29",)]),
    ("datetime", "SELECT date_diff('second', TIMESTAMP '2020-03-01 00:00:00', TIMESTAMP '2020-03-02 00:00:00')", [("86400",)]),
    ("datetime", "SELECT date_diff('day', DATE '2020-03-01', DATE '2020-03-02'),"
     " date_diff('day', TIMESTAMP '2020-03-01 12:00:00', TIMESTAMP '2020-03-02 11:00:00')", [("1", "0")]),
    ("datetime", "SELECT date_trunc('hour', TIMESTAMP '2001-08-22 03:04:05.321'), date_trunc('year', DATE '2001-08-22')",
     [("2001-08-22 03:00:00.000", "2001-01-01")]),
    ("datetime", "SELECT DATE '2012-08-08' + INTERVAL '2' DAY, TIMESTAMP '2012-08-08 01:00' + INTERVAL '29' HOUR",
     [("2012-08-10", "2012-08-09 06:00:00.000")]),
    ("datetime", "SELECT CAST(DATE '2012-08-08' - INTERVAL '7' DAY AS varchar)", [("2012-08-01",)]),
    ("datetime", "SELECT from_iso8601_timestamp('2020-05-11T11:15:05Z'), from_iso8601_date('2020-05-11')",
     [("2020-05-11 11:15:05.000 UTC", "2020-05-11")]),
    ("datetime", "SELECT from_unixtime(0), to_unixtime(TIMESTAMP '1970-01-01 00:01:00')", [("1970-01-01 00:00:00.000 UTC", "60.0")]),
    ("datetime", "SELECT day_of_week(DATE '2020-01-05'), extract(dow FROM DATE '2020-01-05'), week(DATE '2020-01-05'),"
     " year(DATE '2020-01-05'), quarter(DATE '2020-01-05')", [("7", "7", "1", "2020", "1")]),
    ("datetime", "SELECT last_day_of_month(DATE '2020-02-10'), to_iso8601(DATE '2020-02-10')", [("2020-02-29", "2020-02-10")]),
    ("datetime", "SELECT CAST(from_iso8601_timestamp('2012-10-31T01:00:00Z') AT TIME ZONE 'America/Los_Angeles' AS timestamp)",
     [("2012-10-30 18:00:00.000",)]),
    ("datetime", "SELECT format_datetime(TIMESTAMP '2020-05-11 11:15:05', 'yyyy-MM-dd HH:mm')", [("2020-05-11 11:15",)]),
    # Text
    ("string", "SELECT split_part('a-b-c', '-', 2), substr('Athena', -3), strpos('high', 'g'), lpad('8', 3, '0')",
     [("b", "ena", "3", "008")]),
    ("string", "SELECT 'a' || NULL, concat('a', 'b'), concat_ws(',', 'a', NULL, 'b'), replace('aXb', 'X')", [(None, "ab", "a,b", "ab")]),
    ("string", "SELECT translate('abcda', 'a', 'z'), reverse('abc'), levenshtein_distance('apple', 'epplea')", [("zbcdz", "cba", "2")]),
    ("string", "SELECT codepoint('A'), chr(65), length('Grüße'), upper('a'), trim('  a ')", [("65", "A", "5", "A", "a")]),
    ("regexp", r"SELECT regexp_extract_all('1a 2b 14m', '\d+'), regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2)",
     [("[1, 2, 14]", "a")]),
    ("regexp", r"SELECT regexp_like('1a 2b 14m', '\d+b'), regexp_extract('abc', '\d+')", [("true", None)]),
    ("regexp", r"SELECT regexp_replace('1a 2b 14m', '\d+[ab] '), regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 ')",
     [("14m", "3ca 3cb 14m")]),
    ("regexp", r"SELECT regexp_split('1a 2b 14m', '\s*[a-z]+\s*'), regexp_count('1a 2b 14m', '\s*[a-z]+\s*')",
     [("[1, 2, 14, ]", "3")]),
    ("url", "SELECT url_extract_host('http://example.com:8080/a?k=v#f'), url_extract_port('http://example.com:8080/a?k=v#f'),"
     " url_extract_parameter('http://example.com/a?k=v%20w', 'k')", [("example.com", "8080", "v w")]),
    ("binary", "SELECT to_hex(md5(to_utf8('a'))), to_base64(to_utf8('a')), to_utf8('hi')",
     [("0CC175B9C0F1B6A831C399E269772661", "YQ==", "68 69")]),
    # JSON
    ("json", "SELECT json_extract_scalar('[1, 2, 3]', '$[2]'), json_extract_scalar('{\"a\":{\"b\":1}}', '$.a'),"
     " json_extract_scalar('no json', '$.a')", [("3", None, None)]),
    ("json", "SELECT json_array_length('[1, 2, 3]'), json_array_contains('[1, 2, 3]', 2)", [("3", "true")]),
    ("json", "SELECT json_size('{\"x\": {\"a\": 1, \"b\": 2}}', '$.x'), json_size('{\"x\": [1, 2, 3]}', '$.x'),"
     " json_size('{\"x\": {\"a\": 1, \"b\": 2}}', '$.x.a')", [("2", "3", "0")]),
    ("json", "SELECT CAST(JSON '[1,23,456]' AS ARRAY(INTEGER)), CAST(JSON '{\"k1\":1,\"k2\":23}' AS MAP(VARCHAR, INTEGER))",
     [("[1, 23, 456]", "{k1=1, k2=23}")]),
    ("json", "SELECT CAST(JSON '{\"v1\":123,\"v2\":\"abc\"}' AS ROW(v1 BIGINT, v2 VARCHAR)).v2, json_format(CAST(ARRAY[1, 23] AS JSON))",
     [("abc", "[1,23]")]),
    # Arrays, maps and lambdas
    ("array", "SELECT filter(ARRAY[5, -6, NULL, 7], x -> x > 0), transform(ARRAY[5, NULL, 6], x -> COALESCE(x, 0) + 1)",
     [("[5, 7]", "[6, 1, 7]")]),
    ("array", "SELECT reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> s + COALESCE(x, 0), s -> s)", [("75",)]),
    ("array", "SELECT zip_with(ARRAY['a', 'b', 'c'], ARRAY['d', 'e', 'f'], (x, y) -> concat(x, y))", [("[ad, be, cf]",)]),
    ("array", "SELECT element_at(ARRAY[1, 2, 3], -1), element_at(ARRAY[1], 5), contains(ARRAY[1, 2], 2), cardinality(ARRAY[1, 2])",
     [("3", None, "true", "2")]),
    ("array", "SELECT array_join(ARRAY['a', NULL, 'b'], ','), array_join(ARRAY['a', NULL], ',', '?'), array_position(ARRAY[3, 4], 9)",
     [("a,b", "a,?", "0")]),
    ("array", "SELECT array_distinct(ARRAY[3, 1, 3]), array_sort(ARRAY[3, NULL, 1]), array_max(ARRAY[1, NULL]), array_remove(ARRAY[1, 2, 1], 1)",
     [("[3, 1]", "[1, 3, null]", None, "[2]")]),
    ("array", "SELECT flatten(ARRAY[ARRAY[1, 2], ARRAY[3]]), slice(ARRAY[1, 2, 3, 4], -2, 2), sequence(1, 9, 4), ARRAY[1] || ARRAY[2]",
     [("[1, 2, 3]", "[3, 4]", "[1, 5, 9]", "[1, 2]")]),
    ("array", "SELECT any_match(ARRAY[1, 2], x -> x > 1), all_match(ARRAY[1, 2], x -> x > 1), none_match(ARRAY[], x -> true),"
     " arrays_overlap(ARRAY[1], ARRAY[2])", [("true", "false", "true", "false")]),
    ("array", "SELECT sequence(DATE '2001-08-22', DATE '2001-08-24')", [("[2001-08-22, 2001-08-23, 2001-08-24]",)]),
    ("map", "SELECT map_filter(MAP(ARRAY[10, 20, 30], ARRAY['a', NULL, 'c']), (k, v) -> v IS NOT NULL),"
     " transform_values(MAP(ARRAY[1, 2], ARRAY[10, 20]), (k, v) -> v + k)", [("{10=a, 30=c}", "{1=11, 2=22}")]),
    ("map", "SELECT element_at(MAP(ARRAY['a'], ARRAY[1]), 'b'), cardinality(MAP(ARRAY['a'], ARRAY[1])), map_keys(MAP(ARRAY['a'], ARRAY[1]))",
     [(None, "1", "[a]")]),
    ("string", "SELECT split_to_map('userid=1234&reftype=email', '&', '=')['userid'], split('a,b', ',')", [("1234", "[a, b]")]),
    # Aggregates and windows
    ("aggregate", "SELECT count(*), count_if(x > 1), sum(x), avg(x), approx_distinct(x), arbitrary(x) FROM (VALUES 2, 2, NULL) AS t(x)",
     [("3", "2", "4", "2.0", "1", "2")]),
    ("aggregate", "SELECT array_agg(x ORDER BY y DESC), max_by(x, y), min_by(x, y), max(y, 2) FROM (VALUES ('a', 1), ('b', 3), ('c', 2)) AS t(x, y)",
     [("[b, c, a]", "b", "a", "[3, 2]")]),
    ("aggregate", "SELECT listagg(value, ',') WITHIN GROUP (ORDER BY value) AS csv_value FROM (VALUES 'a', 'c', 'b') AS t(value)", [("a,b,c",)]),
    ("aggregate", "SELECT map_agg(k, v), histogram(k), bool_and(v > 0), approx_percentile(v, 0.5) FROM (VALUES ('a', 1)) AS t(k, v)",
     [("{a=1}", "{a=1}", "true", "1")]),
    ("aggregate", "SELECT count(*) FILTER (WHERE x > 1), stddev_pop(x), geometric_mean(x) FROM (VALUES 1, 4) AS t(x)", [("1", "1.5", "2.0")]),
    ("window", "SELECT x, rank() OVER (ORDER BY x), lag(x) OVER (ORDER BY x), sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
     " FROM (VALUES 1, 2, 2) AS t(x) ORDER BY 1, 3", [("1", "1", None, "1"), ("2", "2", "1", "3"), ("2", "2", "2", "4")]),
    ("window", "SELECT last_value(x) IGNORE NULLS OVER (ORDER BY y ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
     " FROM (VALUES (1, 1), (NULL, 2), (3, 3)) AS t(x, y) ORDER BY y", [("1",), ("1",), ("3",)]),
    # SELECT
    ("select", "SELECT numbers, animals, n, a FROM (VALUES (ARRAY[2, 5], ARRAY['dog', 'cat', 'bird'])) AS x (numbers, animals)"
     " CROSS JOIN UNNEST(numbers, animals) AS t (n, a) ORDER BY a",
     [("[2, 5]", "[dog, cat, bird]", None, "bird"), ("[2, 5]", "[dog, cat, bird]", "5", "cat"), ("[2, 5]", "[dog, cat, bird]", "2", "dog")]),
    ("select", "SELECT a, n FROM UNNEST(ARRAY['x', 'y']) WITH ORDINALITY AS t (a, n)", [("x", "1"), ("y", "2")]),
    ("select", "SELECT animal, value FROM UNNEST(MAP(ARRAY['foo', 'bar'], ARRAY[1, 2])) AS t (animal, value)", [("foo", "1"), ("bar", "2")]),
    ("select", "SELECT language, year_ FROM UNNEST(ARRAY[ROW('Java', 1995), ROW('SQL', 1974)]) AS t (language, year_)",
     [("Java", "1995"), ("SQL", "1974")]),
    ("select", "SELECT a, sum(b) FROM (VALUES ('x', 1), ('y', 2)) AS t(a, b) GROUP BY ROLLUP (a) ORDER BY 1", [("x", "1"), ("y", "2"), (None, "3")]),
    ("select", "SELECT x FROM (VALUES 3, NULL, 1) AS t(x) ORDER BY x DESC", [("3",), ("1",), (None,)]),
    ("select", "SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x OFFSET 1 ROWS FETCH FIRST 1 ROWS ONLY", [("2",)]),
    ("select", "WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b UNION ALL SELECT x FROM a ORDER BY 1", [("1",), ("2",)]),
    ("creating-row", "WITH dataset AS (SELECT ROW('Bob', 38) AS users) SELECT * FROM dataset", [("{field0=Bob, field1=38}",)]),
    ("concatenating-arrays", "WITH dataset AS (SELECT ARRAY ['hello', 'amazon', 'athena'] AS words, ARRAY ['hi', 'alexa'] AS alexa)"
     " SELECT concat(words, alexa) AS welcome_msg FROM dataset", [("[hello, amazon, athena, hi, alexa]",)]),
    ("flattening-arrays", "SELECT flatten(ARRAY[ ARRAY[1,2], ARRAY[3,4] ]) AS items", [("[1, 2, 3, 4]",)]),
    ("arrays-and-aggregation", "WITH dataset AS (SELECT ARRAY[ARRAY[1,2,3,4], ARRAY[5,6,7,8], ARRAY[9,0]] AS items), item AS"
     " (SELECT i AS array_items FROM dataset, UNNEST(items) AS t(i)) SELECT array_items, sum(val) AS total FROM item,"
     " UNNEST(array_items) AS t(val) GROUP BY array_items ORDER BY total",
     [("[9, 0]", "9"), ("[1, 2, 3, 4]", "10"), ("[5, 6, 7, 8]", "26")]),
)  # fmt: skip
"""Page, query and its rows."""


@pytest.mark.parametrize(
    ("page", "sql", "rows"), CASES, ids=[f"{index}-{case[0]}" for index, case in enumerate(CASES)]
)
def test_the_documented_result(ask: Any, page: str, sql: str, rows: Rows) -> None:
    del page
    answer = ask(sql)
    assert (answer.state, answer.reason, answer.rows) == ("SUCCEEDED", "", list(rows))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT word_stem('running')", "The emulator does not translate the function word_stem."),
        ("SELECT st_point(1, 2)", "The emulator does not translate the function st_point."),
        ("SELECT date_format(now(), f) FROM (VALUES '%Y') AS t(f)", "formats of dates that are literals only"),
        (
            "SELECT TIMESTAMP '2020-01-01 00:00:00 UTC' AT TIME ZONE 'Europe/Berlin'",
            "converts to a time zone inside of",
        ),
        ("SELECT array_sort(ARRAY[1], (a, b) -> 1)", "array_sort"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Could not convert string 'x'"),
        ("SELECT nope FROM (VALUES 1) AS t(x)", "COLUMN_NOT_FOUND: Column 'nope' cannot be resolved"),
        ("SELEC 1", "SYNTAX_ERROR: line 1:7"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed."),
        ("EXPLAIN SELECT 1", "The emulator does not carry out EXPLAIN."),
        ("ANALYZE t", "The emulator does not carry out ANALYZE."),
        ("CREATE TABLE t WITH (format = 'ORC') AS SELECT 1 AS x", "and no ORC"),
    ],
)
def test_what_it_cannot_answer_fails_with_the_reason(ask: Any, sql: str, reason: str) -> None:
    answer = ask(sql)
    assert answer.state == "FAILED"
    assert reason in answer.reason


def test_columns_without_a_name_are_numbered_by_their_place() -> None:
    [sql] = Translation(parse_query("SELECT a, count(*), 1 AS b, r.f FROM t GROUP BY a")).candidates()
    assert [part.rsplit(" ", 1)[-1] for part in sql.split(" FROM ")[0].split(", ")] == ["a", '"_col1"', "b", "r.f"]
