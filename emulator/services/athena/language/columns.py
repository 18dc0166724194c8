"""Columns as statements define them: `name type COMMENT '…'`."""

from __future__ import annotations

import re
from typing import cast

from sqlglot import exp, parse_one
from sqlglot.dialects.hive import Hive
from sqlglot.errors import ParseError, TokenError

from emulator.services.athena.errors import QueryFailed, not_understood
from emulator.services.athena.tables import column_types
from emulator.services.athena.tables.catalog import TableColumn


def columns_of(listed: str) -> list[TableColumn]:
    """The columns of a list; raises QueryFailed."""
    try:
        tree = parse_one(f"CREATE TABLE defined ({listed})", dialect=Hive)
    except (ParseError, TokenError) as error:
        raise not_understood(listed) from error
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        raise not_understood(listed)
    return [column_of(each) for each in cast("list[exp.ColumnDef]", tree.this.expressions)]


def column_of(given: exp.ColumnDef) -> TableColumn:
    """A column, with Glue's type; raises QueryFailed for one that the emulator does not read."""
    kind = cast("exp.DataType | None", given.args.get("kind"))
    if kind is None:
        raise QueryFailed(f"FAILED: ParseException: column {given.name} has no type")
    written = re.sub(r":\s+", ":", re.sub(r",\s+", ",", kind.sql("hive").lower()))
    written = "int" if written == "integer" else written
    column_types.of_glue(written)
    comment = given.find(exp.CommentColumnConstraint)
    return TableColumn(given.name.lower(), written, comment.this.name if comment else "")
