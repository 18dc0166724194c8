"""`COPY`: rows of objects into a table."""

from __future__ import annotations

import bz2
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables import column_types
from emulator.services.redshift.sql.failures import not_supported
from emulator.services.redshift.sql.options import Words, check_role, ignored, location
from emulator.services.redshift.sql.session import Session

_WITHOUT_EFFECT = ("COMPUPDATE", "REGION", "STATUPDATE", "ROUNDEC", "ENCODING", "ACCEPTINVCHARS")
_DIGITS = ("DECIMAL", "DOUBLE", "FLOAT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")


@dataclass
class _Copy:
    """What is copied, and how it is read."""

    form: str = "DELIMITED"
    delimiter: str = ""
    quote: str = '"'
    header: int = 0
    null: str = "\\N"
    compression: str = "none"
    flags: set[str] = field(default_factory=set[str])

    def has(self, flag: str) -> bool:
        """Whether an option without a value is given."""
        return flag in self.flags


def copy(session: Session, sql: str) -> int:
    """Carry a `COPY` out; the number of rows."""
    words = Words(sql)
    words.expect("COPY")
    schema, table = words.name()
    if schema in session.schemas:
        raise not_supported("COPY into external tables")
    named = words.names() if words.next == "(" else []
    words.expect("FROM")
    uri = location(words, "COPY")
    check_role(words, session.namespace, "COPY")
    how = _options(words)
    columns = _columns(session, schema or "public", table, named)
    paths = [session.objects.copy(each) for each in _sources(session, uri, manifest=how.has("MANIFEST"))]
    if how.compression == "bzip2":
        for path in paths:
            path.write_bytes(bz2.decompress(path.read_bytes()))
    read = {"PARQUET": _parquet, "JSON": _json}.get(how.form, _text)
    target = f'"{schema or "public"}"."{table}" ({", ".join(_quoted(name) for name in columns)})'
    try:
        source = read(session, paths, columns, how)
        rows = session.execute(f"INSERT INTO {target} {source}").fetchall()
    except QueryFailed as error:
        if "relation" in str(error) or str(error).startswith("ERROR: Spectrum"):
            raise
        raise QueryFailed(
            f"ERROR: Load into table '{table}' failed. Check 'sys_load_error_detail' system table for details."
            f" (It would say: {str(error).removeprefix('ERROR: ')})"
        ) from error
    return int(rows[0][0])


def _options(words: Words) -> _Copy:
    how = _Copy()
    while words.next:
        if words.skip("FORMAT"):
            words.skip("AS")
        elif words.skip("CSV"):
            how.form = "CSV"
            if words.skip("QUOTE"):
                words.skip("AS")
                how.quote = words.text()
        elif words.skip("PARQUET"):
            how.form = "PARQUET"
        elif words.skip("JSON"):
            words.skip("AS")
            how.form = "JSON"
            asked = words.text().lower() if words.next.startswith("'") else "auto"
            if asked != "auto":
                raise not_supported(f"COPY … JSON '{asked}'; use 'auto'")
        elif words.skip("DELIMITER"):
            words.skip("AS")
            how.delimiter = words.text().replace("\\t", "\t")
        elif words.skip("IGNOREHEADER"):
            words.skip("AS")
            how.header = words.number()
        elif words.skip("NULL"):
            words.skip("AS")
            how.null = words.text()
        elif words.skip("DATEFORMAT") or words.skip("TIMEFORMAT"):
            words.skip("AS")
            if words.text().lower() not in ("auto", "yyyy-mm-dd", "yyyy-mm-dd hh:mi:ss"):
                raise not_supported("COPY with another DATEFORMAT or TIMEFORMAT than 'auto'")
        elif words.next in ("GZIP", "BZIP2"):
            how.compression = words.take().lower()
        elif words.next in _FLAGS:
            how.flags.add(words.take().upper())
        elif not ignored(words, _WITHOUT_EFFECT):
            raise not_supported(f"COPY with {words.next}")
    return how


_FLAGS = ("BLANKSASNULL", "EMPTYASNULL", "FILLRECORD", "MANIFEST")


def _columns(session: Session, schema: str, table: str, named: Sequence[str]) -> Mapping[str, str]:
    """The columns that are filled, in their order, with DuckDB's types."""
    rows = session.execute(
        "SELECT column_name, data_type, coalesce(column_default, '') FROM duckdb_columns()"
        " WHERE schema_name = ? AND table_name = ? AND database_name = current_database() ORDER BY column_index",
        [schema, table],
    ).fetchall()
    if not rows:
        raise QueryFailed(f"ERROR: Cannot COPY into nonexistent table {table}")
    known = {str(name): str(kind) for name, kind, default in rows if named or "nextval" not in default}
    unknown = [name for name in named if name not in known]
    if unknown:
        raise QueryFailed(f'ERROR: column "{unknown[0]}" of relation "{table}" does not exist')
    return {name: known[name] for name in named} if named else known


def _sources(session: Session, uri: str, *, manifest: bool) -> list[str]:
    """The objects, whose keys begin so, or which a manifest lists."""
    if not manifest:
        found = [each.uri for each in session.objects.starting_with(uri)]
        if not found:
            raise QueryFailed(
                f"ERROR: The specified S3 prefix '{uri.partition('://')[2].partition('/')[2]}' does not exist"
            )
        return found
    try:
        entries = json.loads(session.objects.read(uri))["entries"]
        return [str(each["url"]) for each in entries]
    except (KeyError, TypeError, ValueError) as error:
        raise QueryFailed(f"ERROR: The manifest {uri} is no list of entries with their URLs.") from error
    except Exception as error:
        raise QueryFailed(f"ERROR: The manifest {uri} cannot be read: {error}") from error


def _parquet(session: Session, paths: Sequence[Path], columns: Mapping[str, str], how: _Copy) -> str:
    """Columns of files are taken in their order, whatever they are called."""
    if how.header or how.delimiter or how.compression != "none":
        raise QueryFailed("ERROR: COPY from this file format only accepts FORMAT, IAM_ROLE and MANIFEST.")
    source = f"read_parquet([{_list(paths)}], hive_partitioning := false)"
    described = session.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    if len(described) != len(columns):
        raise QueryFailed(
            "ERROR: Spectrum Scan Error: Unmatched number of columns between table and file. Table columns:"
            f" {len(columns)}, Data columns: {len(described)}"
        )
    chosen: list[str] = []
    for (name, declared), (found, kind, *_) in zip(columns.items(), described, strict=True):
        if not column_types.readable(str(kind), "VARCHAR" if declared == "JSON" else declared):
            raise QueryFailed(
                f"ERROR: Spectrum Scan Error: incompatible Parquet schema for column '{name}': column type"
                f" {declared}, Parquet type {kind}"
            )
        chosen.append(f"CAST({_quoted(str(found))} AS {declared})")
    return f"SELECT {', '.join(chosen)} FROM {source}"


def _json(session: Session, paths: Sequence[Path], columns: Mapping[str, str], how: _Copy) -> str:
    del session
    kinds = ", ".join(
        f"{_literal(name)}: {_literal('JSON' if kind == 'JSON' else 'VARCHAR')}" for name, kind in columns.items()
    )
    source = (
        f"read_json([{_list(paths)}], format := 'unstructured', columns := {{{kinds}}},"
        f" compression := '{'gzip' if how.compression == 'gzip' else 'uncompressed'}')"
    )
    return f"SELECT {', '.join(f'CAST({_quoted(name)} AS {kind})' for name, kind in columns.items())} FROM {source}"


def _text(session: Session, paths: Sequence[Path], columns: Mapping[str, str], how: _Copy) -> str:
    del session
    if how.form == "CSV":
        quote = _literal(how.quote)
        marks = f"delim := {_literal(how.delimiter or ',')}, quote := {quote}, escape := {quote}"
    else:
        marks = f"delim := {_literal(how.delimiter or '|')}, quote := '', escape := ''"
    kinds = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(columns)))
    source = (
        f"read_csv([{_list(paths)}], auto_detect := false, header := false, skip := {how.header}, {marks},"
        f" nullstr := {_literal(how.null)}, allow_quoted_nulls := false, strict_mode := true,"
        f" null_padding := {str(how.has('FILLRECORD')).lower()}, parallel := false, max_line_size := 20000000,"
        f" compression := '{'gzip' if how.compression == 'gzip' else 'none'}', columns := {{{kinds}}})"
    )
    chosen = [_value(f"c{place}", kind, how) for place, kind in enumerate(columns.values())]
    return f"SELECT {', '.join(chosen)} FROM {source}"


def _value(name: str, kind: str, how: _Copy) -> str:
    """A text as a value: what is empty is a missing number, and an empty text."""
    if kind == "VARCHAR":
        if how.has("BLANKSASNULL"):
            return f"CASE WHEN trim({name}) = '' THEN NULL ELSE {name} END"
        return f"nullif({name}, '')" if how.has("EMPTYASNULL") else name
    if kind.startswith(_DIGITS):
        return f"CAST(nullif(trim({name}), '') AS {kind})"
    return f"CAST(nullif({name}, '') AS {kind})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(paths: Sequence[Path]) -> str:
    return ", ".join(_literal(str(path)) for path in paths)
