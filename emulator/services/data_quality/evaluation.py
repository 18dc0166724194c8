"""Rules evaluated on the rows of a table, each by one query in Athena's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.language.dialect import parse_query
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables.catalog import CatalogTable
from emulator.shapes.aws_rules import CompositeRule, QualityCondition, QualityRule

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
_MEASURES: Mapping[str, tuple[str, str]] = {
    "RowCount": ("count(*)", "Dataset.*.RowCount"),
    "Completeness": ("CAST(count({0}) AS DOUBLE) / count(*)", "Column.{0}.Completeness"),
    "Mean": ("avg(CAST({0} AS DOUBLE))", "Column.{0}.Mean"),
    "Sum": ("sum(CAST({0} AS DOUBLE))", "Column.{0}.Sum"),
    "StandardDeviation": ("stddev_pop(CAST({0} AS DOUBLE))", "Column.{0}.StandardDeviation"),
    "Variance": ("var_pop(CAST({0} AS DOUBLE))", "Column.{0}.Variance"),
    "DistinctValuesCount": ("count(DISTINCT {0})", "Column.{0}.DistinctValuesCount"),
    "ColumnCorrelation": ("corr(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))", "Multicolumn.{0},{1}.ColumnCorrelation"),
}
_NO_COLUMNS = ("CustomSql", "ColumnExists", "ColumnNamesMatchPattern")
_SHARES = ("Uniqueness", "UniqueValueRatio")
_TYPES: Mapping[str, str] = {
    "Boolean": "boolean",
    "Date": "date",
    "Timestamp": "timestamp",
    "Integer": "integer",
    "Double": "double",
    "Float": "real",
    "Long": "bigint",
}
_UNITS: Mapping[str, timedelta] = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
}


class NotEvaluated(Exception):  # noqa: N818 - it is a result, ERROR, and not a failure of the run
    """A rule cannot be evaluated here, or not on these rows; the message is the reason."""


@dataclass(frozen=True)
class RuleOutcome:
    """What became of a rule.

    Args:
        result: `PASS`, `FAIL` or `ERROR`.
        message: Why it is no `PASS`; empty otherwise.
        metrics: What was measured, by the names of the statistics.
    """

    result: str
    message: str
    metrics: Mapping[str, float]


class Evaluation:
    """One table, and the rules that are asked of it.

    Args:
        session: Answers queries.
        table: The table.
    """

    def __init__(self, session: QuerySession, table: CatalogTable) -> None:
        self._session = session
        self._table = table
        self._columns = {each.name: each.kind for each in (*table.columns, *table.keys)}

    def outcome(self, rule: QualityRule | CompositeRule) -> RuleOutcome:
        """Whether a rule holds."""
        metrics: dict[str, float] = {}
        try:
            passed, message = self._holds(rule, metrics)
        except NotEvaluated as error:
            return RuleOutcome("ERROR", str(error), metrics)
        except QueryFailed as error:
            return RuleOutcome("ERROR", f"The rule cannot be evaluated: {error}", metrics)
        return RuleOutcome("PASS" if passed else "FAIL", "" if passed else message, metrics)

    def _holds(self, rule: QualityRule | CompositeRule, metrics: dict[str, float]) -> tuple[bool, str]:
        if isinstance(rule, CompositeRule):
            parts = [self._holds(each, metrics) for each in rule.parts]
            passed = all(each for each, _ in parts) if rule.operator == "and" else any(each for each, _ in parts)
            return passed, "; ".join(message for each, message in parts if not each)
        evaluate = getattr(self, f"_{_snake(rule.type)}", None)
        if evaluate is None and rule.type not in (*_MEASURES, *_SHARES):
            raise NotEvaluated(f"The emulator does not evaluate rules of type {rule.type}.")
        for name in rule.parameters:
            if (
                rule.type not in ("CustomSql", "ColumnExists", "ColumnNamesMatchPattern")
                and name not in self._columns
            ):
                raise NotEvaluated(f"Column {name} is not in the table {self._table.name}.")
        conditions = [rule.condition, *(each for _, each in rule.tags)]
        if any(each is not None and each.dynamic for each in conditions):
            raise NotEvaluated("Dynamic rules are not available for a table of the catalog.")
        found: tuple[bool, str] = (evaluate or self._measured)(rule, metrics)
        return found

    def _measured(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        if rule.type in _SHARES:
            value = self._unique_share(rule, distinct=rule.type == "UniqueValueRatio")
            name = f"Column.{','.join(rule.parameters)}.{rule.type}"
        else:
            expression, name = _MEASURES[rule.type]
            value = self._value(expression.format(*map(_quoted, rule.parameters)), rule.where)
            name = name.format(*rule.parameters)
        if value is None:
            return False, "Value: NULL does not meet the constraint requirement!"
        metrics[name] = float(value)
        return _met(float(value), rule.condition)

    def _unique_share(self, rule: QualityRule, *, distinct: bool) -> float | None:
        keys = ", ".join(map(_quoted, rule.parameters))
        present = " AND ".join(f"{_quoted(each)} IS NOT NULL" for each in rule.parameters)
        once = f"SELECT count(*) AS n FROM {self._rows(rule.where)} WHERE {present} GROUP BY {keys}"
        of = "count(*)" if distinct else "sum(n)"
        found = self._query(f"SELECT CAST(count_if(n = 1) AS DOUBLE) / nullif({of}, 0) FROM ({once}) AS g")
        return found[0][0]

    def _is_complete(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        [name] = rule.parameters
        share = self._value(f"CAST(count({_quoted(name)}) AS DOUBLE) / nullif(count(*), 0)", rule.where)
        metrics[f"Column.{name}.Completeness"] = float(1 if share is None else share)
        return _whole(share)

    def _is_unique(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        share = self._unique_share(rule, distinct=False)
        metrics[f"Column.{','.join(rule.parameters)}.Uniqueness"] = float(1 if share is None else share)
        return _whole(share)

    def _is_primary_key(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        missing = " OR ".join(f"{_quoted(each)} IS NULL" for each in rule.parameters)
        if self._value(f"count_if({missing})", rule.where):
            return False, "Value: NULL does not meet the constraint requirement!"
        return self._is_unique(rule, metrics)

    def _column_count(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        metrics["Dataset.*.ColumnCount"] = float(len(self._columns))
        return _met(float(len(self._columns)), rule.condition)

    def _column_exists(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        del metrics
        [name] = rule.parameters
        return name.lower() in self._columns, f"Column {name} does not exist."

    def _column_names_match_pattern(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        del metrics
        others = [each for each in self._columns if not re.fullmatch(rule.parameters[0], each)]
        return not others, f"Columns that do not match the pattern: {', '.join(others)}"

    def _entropy(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        name = rule.parameters[0]
        column = _quoted(name)
        grouped = f"SELECT count(*) AS n FROM {self._rows(rule.where)} WHERE {column} IS NOT NULL GROUP BY {column}"
        total = f"(SELECT sum(n) FROM ({grouped}) AS t)"
        found = self._query(
            f"SELECT sum(-(CAST(n AS DOUBLE) / {total}) * ln(CAST(n AS DOUBLE) / {total})) FROM ({grouped}) AS g"
        )[0][0]
        metrics[f"Column.{name}.Entropy"] = float(found or 0)
        return _met(float(found or 0), rule.condition)

    def _column_length(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        name = rule.parameters[0]
        texts = f"CAST({_quoted(name)} AS VARCHAR)"
        least, most = self._query(f"SELECT min(length({texts})), max(length({texts})) FROM {self._rows(rule.where)}")[
            0
        ]
        if least is None:
            return False, "Value: NULL does not meet the constraint requirement!"
        metrics |= {f"Column.{name}.MinimumLength": float(least), f"Column.{name}.MaximumLength": float(most)}
        return self._share_of(rule, f"length({texts})", metrics)

    def _column_values(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        name, condition = rule.parameters[0], _given(rule)
        value = _quoted(name)
        if condition.kind == "number":
            value = f"CAST({value} AS DOUBLE)"
        elif condition.kind in ("date", "duration"):
            value = f"CAST({value} AS TIMESTAMP)"
        else:
            value = f"CAST({value} AS VARCHAR)"
        return self._share_of(rule, value, metrics)

    def _column_data_type(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        name, condition = rule.parameters[0], _given(rule)
        if condition.operator != "=" or condition.operands[0] not in (*_TYPES, "String"):
            raise NotEvaluated(f"The emulator does not evaluate {rule.text}.")
        kind = condition.operands[0]
        value = f"CAST({_quoted(name)} AS VARCHAR)"
        test = "true" if kind == "String" else f"try_cast({value} AS {_TYPES[kind]}) IS NOT NULL"
        if condition.negated:
            test = f"NOT ({test})"
        return self._within_threshold(rule, f"count_if({_quoted(name)} IS NOT NULL AND {test})", name, metrics)

    def _data_freshness(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        del metrics
        found = self._value(f"max(CAST({_quoted(rule.parameters[0])} AS TIMESTAMP))", rule.where)
        if found is None:
            return False, "Value: NULL does not meet the constraint requirement!"
        age = (datetime.now(UTC).replace(tzinfo=None) - found).total_seconds()
        return _met(age, rule.condition)

    def _custom_sql(self, rule: QualityRule, metrics: dict[str, float]) -> tuple[bool, str]:
        statement = re.sub(r"\bprimary\b", self._name, rule.parameters[0])
        rows = self._query(statement)
        if rule.condition is None or rule.tags:
            total = float(self._value("count(*)", None))
            share = 1.0 if not total else len(rows) / total
            metrics["Dataset.*.CustomSQL.Compliance"] = share
            return _met(share, dict(rule.tags).get("threshold") or QualityCondition("=", ("1",), False, "number"))
        if len(rows) != 1 or len(rows[0]) != 1 or rows[0][0] is None:
            raise NotEvaluated("A statement of CustomSql must give one row with one value.")
        metrics["Dataset.*.CustomSQL"] = float(rows[0][0])
        return _met(float(rows[0][0]), rule.condition)

    def _share_of(self, rule: QualityRule, value: str, metrics: dict[str, float]) -> tuple[bool, str]:
        test = _test(value, _given(rule))
        return self._within_threshold(rule, f"count_if({test})", rule.parameters[0], metrics)

    def _within_threshold(
        self, rule: QualityRule, counted: str, name: str, metrics: dict[str, float]
    ) -> tuple[bool, str]:
        passed, total = self._query(f"SELECT {counted}, count(*) FROM {self._rows(rule.where)}")[0]
        share = 1.0 if not total else passed / total
        metrics[f"Column.{name}.{rule.type}.Compliance"] = share
        threshold = dict(rule.tags).get("threshold")
        if threshold is not None:
            return _met(share, threshold)
        return _whole(share)

    @property
    def _name(self) -> str:
        return f'"{self._table.database}"."{self._table.name}"'

    def _rows(self, where: str | None) -> str:
        return f"{self._name}" if where is None else f"(SELECT * FROM {self._name} WHERE {where}) AS w"

    def _value(self, expression: str, where: str | None) -> Any:
        return self._query(f"SELECT {expression} FROM {self._rows(where)}")[0][0]

    def _query(self, sql: str) -> Sequence[Sequence[Any]]:
        return self._session.select(parse_query(sql)).rows


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _given(rule: QualityRule) -> QualityCondition:
    if rule.condition is None:
        raise NotEvaluated(f"A rule of type {rule.type} requires a condition.")
    return rule.condition


def _whole(share: float | None) -> tuple[bool, str]:
    if share is None or share == 1:
        return True, ""
    return False, f"Value: {share} does not meet the constraint requirement!"


def _met(value: float, condition: QualityCondition | None) -> tuple[bool, str]:
    if condition is None:
        return _whole(value)
    operands = [_number(each, condition) for each in condition.operands]
    if condition.operator == "between":
        # The ends of a range do not belong to it.
        met = operands[0] < value < operands[1]
    elif condition.operator == "in":
        met = value in operands
    elif condition.operator in _COMPARISONS:
        met = _COMPARISONS[condition.operator](value, operands[0])
    else:
        raise NotEvaluated(f"A number cannot be compared by {condition.operator}.")
    return met != condition.negated, f"Value: {value} does not meet the constraint requirement!"


def _number(operand: str, condition: QualityCondition) -> float:
    if condition.kind == "duration":
        number, unit = operand.split()
        return float(number) * _UNITS[unit].total_seconds()
    if not re.fullmatch(r"[-+*/(). \d]+", operand):
        raise NotEvaluated(f"The emulator does not compare with {operand}.")
    # Digits, points, parentheses and the four operations, as the line above says.
    return float(eval(operand))


def _test(value: str, condition: QualityCondition) -> str:
    operands = [_literal(each, condition) for each in condition.operands]
    if condition.operator == "between":
        test = f"({value} > {operands[0]} AND {value} < {operands[1]})"
    elif condition.operator == "in":
        test = " OR ".join(_equal(value, each) for each in operands)
    elif condition.operator == "matches":
        pattern = condition.operands[0].replace("'", "''")
        test = f"regexp_like({value}, '^(?:{pattern})$')"
    elif condition.operator == "=":
        test = _equal(value, operands[0])
    else:
        test = f"{value} {condition.operator} {operands[0]}"
    # A missing value is no value that passes, unless it is asked for.
    return f"coalesce({'NOT ' if condition.negated else ''}({test}), false)"


def _equal(value: str, literal: str) -> str:
    if literal == "NULL":
        return f"({value} IS NULL)"
    if literal == "EMPTY":
        return f"({value} = '')"
    if literal == "WHITESPACES_ONLY":
        return f"({value} <> '' AND trim({value}) = '')"
    return f"({value} IS NOT NULL AND {value} = {literal})"


def _literal(operand: str, condition: QualityCondition) -> str:
    if operand in ("null", "empty", "whitespaces_only"):
        return operand.upper()
    if operand.startswith("$"):
        raise NotEvaluated("The emulator does not evaluate variables of rulesets.")
    if condition.kind == "number":
        return repr(_number(operand, condition))
    if condition.kind == "date":
        return f"TIMESTAMP '{_moment(operand):%Y-%m-%d %H:%M:%S}'"
    text = operand.replace("'", "''")
    return f"'{text}'"


def _moment(operand: str) -> datetime:
    now = datetime.now(UTC).replace(tzinfo=None)
    if operand == "now()":
        return now
    if found := re.fullmatch(r"\(now\(\)\s*([-+])\s*(\d+)\s*(\w+)\)", operand):
        span = int(found[2]) * _UNITS[found[3]]
        return now - span if found[1] == "-" else now + span
    try:
        return datetime.fromisoformat(operand)
    except ValueError:
        raise NotEvaluated(f"The emulator does not compare with the time {operand}.") from None
