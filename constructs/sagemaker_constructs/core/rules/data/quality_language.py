"""DQDL, the language of rules of Glue Data Quality, as AWS's own grammar has it.

See https://docs.aws.amazon.com/glue/latest/dg/dqdl.html and https://github.com/awslabs/dqdl
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["number", "string", "date", "duration", "size"]


class QualitySyntaxError(ValueError):
    """A text is no DQDL; the message says where."""


@dataclass(frozen=True)
class QualityCondition:
    """What a rule compares with: ``operator`` is one of ``=``, ``>``, ``>=``, ``<``, ``<=``, ``between``, ``in`` and
    ``matches``; operands are numbers as they stand, and texts without quotes."""

    operator: str
    operands: tuple[str, ...]
    negated: bool
    kind: Kind
    dynamic: bool = False


@dataclass(frozen=True)
class QualityRule:
    """One rule: its type, parameters without quotes, and what follows; ``text`` is how it was written."""

    type: str
    parameters: tuple[str, ...]
    condition: QualityCondition | None
    where: str | None
    tags: tuple[tuple[str, QualityCondition], ...]
    labels: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class CompositeRule:
    """Rules in parentheses, of which all have to hold, or one."""

    operator: Literal["and", "or"]
    parts: tuple["QualityRule | CompositeRule", ...]
    text: str


@dataclass(frozen=True)
class RuleType:
    """What a type of rule takes.

    ``columns`` says which of its ``parameters`` are columns of the table: all, or none. ``conditional``
    says whether it compares with something: always, never or at will.
    """

    least: int
    most: int | None
    columns: Literal["all", "none"] = "all"
    conditional: Literal["always", "never", "either"] = "always"
    where: bool = True
    threshold: bool = False


RULE_TYPES: Mapping[str, RuleType] = {
    "AggregateMatch": RuleType(2, 2, "none", where=False),
    "AllStatistics": RuleType(1, 1, "none", "never", where=False),
    "ColumnCorrelation": RuleType(2, 2),
    "ColumnCount": RuleType(0, 0, where=False),
    "ColumnDataType": RuleType(1, 1, threshold=True),
    "ColumnExists": RuleType(1, 1, conditional="never", where=False),
    "ColumnLength": RuleType(1, 1),
    "ColumnNamesMatchPattern": RuleType(1, 1, "none", "never", where=False),
    "ColumnValues": RuleType(1, 1, threshold=True),
    "Completeness": RuleType(1, 1),
    "CustomSql": RuleType(1, 1, "none", "either", where=False, threshold=True),
    "DataFreshness": RuleType(1, 1),
    "DatasetMatch": RuleType(2, 3, "none", where=False),
    "DetectAnomalies": RuleType(1, None, "none", "never", where=False),
    "DistinctValuesCount": RuleType(1, 1),
    "Entropy": RuleType(1, 1),
    "FileFreshness": RuleType(0, 1, "none", where=False, threshold=True),
    "FileMatch": RuleType(0, 2, "none", "either", where=False),
    "FileSize": RuleType(0, 1, "none", where=False, threshold=True),
    "FileUniqueness": RuleType(0, 1, "none", where=False),
    "IsComplete": RuleType(1, 1, conditional="never"),
    "IsPrimaryKey": RuleType(1, None, conditional="never"),
    "IsUnique": RuleType(1, None, conditional="never"),
    "Mean": RuleType(1, 1),
    "ReferentialIntegrity": RuleType(2, 2, "none", where=False),
    "RowCount": RuleType(0, 0),
    "RowCountMatch": RuleType(1, 1, "none", where=False),
    "SchemaMatch": RuleType(1, 1, "none", where=False),
    "StandardDeviation": RuleType(1, 1),
    "Sum": RuleType(1, 1),
    "UniqueValueRatio": RuleType(1, 1),
    "Uniqueness": RuleType(1, None),
    "Variance": RuleType(1, 1),
}
"""As the grammar's own table lists them, in May 2026."""

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*(?:\n|$)|(?P<token>"(?:\\.|[^"\\])*"|now\(\)|[A-Za-z0-9_.]+|>=|<=|[=!<>()\[\]{},:+\-*/$])"""
)
_NUMBER = re.compile(r"\d+(\.\d+)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}( AM| PM)?")
_UNITS: Mapping[str, Kind] = {
    "days": "duration",
    "hours": "duration",
    "minutes": "duration",
    "B": "size",
    "KB": "size",
    "MB": "size",
    "GB": "size",
    "TB": "size",
}
_KEYWORDS = frozenset(("null", "NULL", "empty", "EMPTY", "whitespaces_only", "WHITESPACES_ONLY"))
_COMPARED = (">=", "<=", ">", "<", "=", "between", "in", "matches", "not", "!")
_AFTER = ("where", "labels", "with", "and", "or", "AND", "OR")


@dataclass
class _Reader:
    text: str
    place: int = 0
    tokens: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])

    def __post_init__(self) -> None:
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if found is None:
                raise QualitySyntaxError(f"unexpected {self.text[at : at + 12]!r} in line {self._line(at)}")
            if found["token"]:
                self.tokens.append((found["token"], found.start("token"), found.end("token")))
            at = found.end()

    def peek(self, ahead: int = 0) -> str:
        index = self.place + ahead
        return self.tokens[index][0] if index < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def take(self, *wanted: str) -> str:
        if self.peek() not in wanted:
            raise self.unexpected(" or ".join(wanted))
        return self.next()

    def quoted(self) -> str:
        if not self.peek().startswith('"'):
            raise self.unexpected("a text in quotes")
        return unquoted(self.next())

    def unexpected(self, wanted: str) -> QualitySyntaxError:
        at = self.tokens[self.place][1] if self.place < len(self.tokens) else len(self.text)
        got = repr(self.peek()) if self.peek() else "the end"
        return QualitySyntaxError(f"expected {wanted} in line {self._line(at)}, got: {got}")

    def since(self, place: int) -> str:
        """The text from a token to the one before the next."""
        return self.text[self.tokens[place][1] : self.tokens[self.place - 1][2]]

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1


def unquoted(token: str) -> str:
    """A text without its quotes."""
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def parse_ruleset(text: str) -> Sequence[QualityRule | CompositeRule]:
    """The rules of a DQDL document. Raises ``QualitySyntaxError`` for what is none."""
    reader = _Reader(text)
    rules: list[QualityRule | CompositeRule] = []
    seen: set[str] = set()
    while reader.peek():
        section = reader.next()
        if not _NAME.fullmatch(section):
            reader.place -= 1
            raise reader.unexpected("Rules")
        reader.take("=")
        if section in seen:
            raise QualitySyntaxError(f"{section} stands twice")
        seen.add(section)
        if section in ("Rules", "Analyzers"):
            found = [*_listed(reader)]
            rules += found if section == "Rules" else ()
        else:
            _skip_value(reader)
    if not seen & {"Rules", "Analyzers"}:
        raise QualitySyntaxError("there must be a section Rules or Analyzers")
    return rules


def parse_rule(text: str) -> QualityRule | CompositeRule:
    """One rule. Raises ``QualitySyntaxError`` for what is none."""
    reader = _Reader(text)
    found = _rule(reader)
    if reader.peek():
        raise reader.unexpected("the end of the rule")
    return found


def single_rules(rules: Sequence[QualityRule | CompositeRule]) -> Iterator[QualityRule]:
    """All rules, those of composite ones by themselves."""
    for each in rules:
        if isinstance(each, CompositeRule):
            yield from single_rules(each.parts)
        else:
            yield each


def _listed(reader: _Reader) -> Iterator[QualityRule | CompositeRule]:
    reader.take("[")
    while reader.peek() != "]":
        yield _rule(reader)
        if reader.peek() != "]":
            reader.take(",", "]")
            if reader.peek() == "]":
                raise reader.unexpected("another rule")
    reader.take("]")


def _skip_value(reader: _Reader) -> None:
    """A dictionary, a list or a text, whose parts are of no concern here."""
    opened = {"{": "}", "[": "]"}.get(reader.peek())
    if opened is None:
        reader.quoted()
        return
    depth = 0
    while True:
        token = reader.next()
        if not token:
            raise reader.unexpected(opened)
        depth += (token in "{[") - (token in "}]") if len(token) == 1 else 0
        if depth == 0:
            return


def _rule(reader: _Reader) -> QualityRule | CompositeRule:
    start = reader.place
    parts = [_part(reader)]
    operator = ""
    while reader.peek() in ("and", "or", "AND", "OR"):
        word = reader.next().lower()
        if operator and word != operator:
            raise QualitySyntaxError("and beside or requires parentheses, as it is not told which comes first")
        operator = word
        parts.append(_part(reader))
    if not operator:
        return parts[0]
    return CompositeRule("and" if operator == "and" else "or", tuple(parts), reader.since(start))


def _part(reader: _Reader) -> QualityRule | CompositeRule:
    if reader.peek() != "(":
        return _single(reader)
    reader.take("(")
    inner = _rule(reader)
    reader.take(")")
    _labels(reader)
    return inner


def _single(reader: _Reader) -> QualityRule:
    start = reader.place
    name = reader.next()
    if not _NAME.fullmatch(name) or name in _AFTER:
        reader.place -= 1
        raise reader.unexpected("a type of rule")
    parameters: list[str] = []
    while True:
        token = reader.peek()
        if token in ("of", "OF") or (token in ("and", "AND") and parameters and reader.peek(1).startswith('"')):
            reader.next()
        elif token.startswith('"'):
            parameters.append(unquoted(reader.next()))
        elif token == "$":
            reader.next()
            parameters.append(f"${reader.next()}")
        elif _NAME.fullmatch(token) and token not in (*_COMPARED, *_AFTER):
            parameters.append(reader.next())
        else:
            break
    condition = _condition(reader) if reader.peek() in _COMPARED else None
    where = None
    if reader.peek() == "where":
        reader.next()
        where = reader.quoted()
    labels = _labels(reader)
    tags: list[tuple[str, QualityCondition]] = []
    while reader.peek() == "with":
        reader.next()
        tag = reader.next()
        tags.append((tag, _condition(reader)))
    return QualityRule(name, tuple(parameters), condition, where, tuple(tags), labels, reader.since(start))


def _labels(reader: _Reader) -> Mapping[str, str]:
    if reader.peek() != "labels":
        return {}
    reader.next()
    reader.take("=")
    reader.take("[")
    found: dict[str, str] = {}
    while reader.peek() != "]":
        name = reader.quoted()
        reader.take("=")
        found[name] = reader.quoted()
        if reader.peek() != "]":
            reader.take(",")
    reader.take("]")
    return found


def _condition(reader: _Reader) -> QualityCondition:
    negated = reader.peek() in ("not", "!")
    if negated:
        reader.next()
    operator = reader.take(">=", "<=", ">", "<", "=", "between", "in", "matches")
    if negated and operator in (">", ">=", "<", "<="):
        reader.place -= 1
        raise reader.unexpected("between, in, matches or = after a negation")
    operands = [_operand(reader)] if operator != "in" else [*_operands(reader)]
    if operator == "between":
        reader.take("and", "AND")
        operands.append(_operand(reader))
    kinds: set[Kind] = {kind for _, kind, _ in operands if kind is not None}
    if kinds == {"date", "string"}:
        kinds.remove("date")
    if len(kinds) > 1:
        raise QualitySyntaxError(f"one condition compares with {' and '.join(sorted(kinds))}")
    kind: Kind = kinds.pop() if kinds else "string"
    if operator == "matches" and kind not in ("string", "date"):
        raise QualitySyntaxError("matches requires a regular expression in quotes")
    dynamic = any(each for _, _, each in operands)
    return QualityCondition(operator, tuple(value for value, _, _ in operands), negated, kind, dynamic)


def _operands(reader: _Reader) -> Iterator[tuple[str, Kind | None, bool]]:
    if reader.peek() == "$":
        yield _operand(reader)
        return
    reader.take("[")
    while True:
        yield _operand(reader)
        if reader.take(",", "]") == "]":
            return


def _operand(reader: _Reader) -> tuple[str, Kind | None, bool]:
    """What is compared with, its kind, if it has one, and whether it depends on earlier runs."""
    token = reader.peek()
    if token.startswith('"'):
        value = unquoted(reader.next())
        return value, "date" if _DATE.fullmatch(value) else "string", False
    if token in _KEYWORDS:
        return reader.next().lower(), None, False
    if token == "$":
        reader.next()
        return f"${reader.next()}", "string", False
    start = reader.place
    if token == "now()" or (token == "(" and reader.peek(1) == "now()"):
        return _now(reader), "date", False
    dynamic = _sum(reader)
    text = reader.since(start)
    if reader.peek() in _UNITS and _NUMBER.fullmatch(text):
        unit = reader.next()
        return f"{text} {unit}", _UNITS[unit], False
    return text, "number", dynamic


def _now(reader: _Reader) -> str:
    start = reader.place
    if reader.peek() == "now()":
        return reader.next()
    reader.take("(")
    reader.take("now()")
    reader.take("-", "+")
    if not _NUMBER.fullmatch(reader.next()) or _UNITS.get(reader.next()) != "duration":
        raise QualitySyntaxError("now() is changed by a number of days, hours or minutes")
    reader.take(")")
    return reader.since(start)


def _sum(reader: _Reader) -> bool:
    dynamic = _term(reader)
    while reader.peek() in ("+", "-", "*", "/"):
        reader.next()
        dynamic |= _term(reader)
    return dynamic


def _term(reader: _Reader) -> bool:
    token = reader.peek()
    if token == "(":
        reader.next()
        dynamic = _sum(reader)
        reader.take(")")
        return dynamic
    if token == "-":
        reader.next()
        token = reader.peek()
    if _NUMBER.fullmatch(token):
        reader.next()
        return False
    if _NAME.fullmatch(token) and reader.peek(1) == "(":
        reader.next()
        reader.next()
        if reader.peek() != ")":
            _sum(reader)
            while reader.peek() == ",":
                reader.next()
                _sum(reader)
        reader.take(")")
        return True
    raise reader.unexpected("a number, a text in quotes, a date, a duration or a size")
