"""`UNLOAD`: rows of a query into objects."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from emulator.services.athena.errors import QueryFailed
from emulator.services.redshift.sql.dialect import parse_statement
from emulator.services.redshift.sql.failures import not_supported
from emulator.services.redshift.sql.fields import text_of, type_name
from emulator.services.redshift.sql.options import Words, check_role, ignored, location
from emulator.services.redshift.sql.session import Session

_WITHOUT_EFFECT = ("REGION", "ROWGROUPSIZE", "PARALLEL")
_FLAGS = ("ADDQUOTES", "ALLOWOVERWRITE", "CLEANPATH", "HEADER", "INCLUDE", "VERBOSE")
_PRESSED = {"GZIP": gzip.compress, "BZIP2": bz2.compress}
_ENDINGS = {"GZIP": ".gz", "BZIP2": ".bz2"}


@dataclass
class _Unload:
    """What is written, and how."""

    form: str = "DELIMITED"
    delimiter: str = ""
    null: str = ""
    compression: str = ""
    extension: str = ""
    key: str = ""
    partitions: list[str] = field(default_factory=list[str])
    manifest: bool = False
    flags: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class _Written:
    uri: str
    size: int
    rows: int


def unload(session: Session, sql: str) -> int:
    """Carry an `UNLOAD` out; the number of rows."""
    words = Words(sql)
    words.expect("UNLOAD", "(")
    query = words.text()
    words.expect(")", "TO")
    uri = location(words, "UNLOAD")
    check_role(words, session.namespace, "UNLOAD")
    how = _options(words)
    tree = parse_statement(query)
    if re.search(r"\blimit\s+\d+\s*$", query.strip().rstrip(";"), re.I):
        raise QueryFailed("ERROR: Limit clause is not supported")
    _make_room(session, uri, how)
    text, names, kinds = session.prepared(tree)
    unknown = [name for name in how.partitions if name not in names]
    if unknown:
        raise QueryFailed(f'ERROR: column "{unknown[0]}" does not exist')
    places = ", ".join(f"c{place}" for place in range(len(names)))
    session.execute(f"CREATE OR REPLACE TEMP TABLE unloaded AS SELECT * FROM ({text}) AS given({places})")
    kept = [place for place, name in enumerate(names) if name not in how.partitions or "INCLUDE" in how.flags]
    if not kept:
        raise QueryFailed("ERROR: UNLOAD requires a column that is none of those of PARTITION BY.")
    written = [
        _write(session, f"{folder}0000_part_00", condition, given, kept, names, how)
        for folder, condition, given in _folders(session, uri, names, how)
    ]
    if how.manifest:
        _list(session, uri, written, names, kinds, how)
    return sum(each.rows for each in written)


def _options(words: Words) -> _Unload:
    how = _Unload()
    while words.next:
        if words.skip("FORMAT"):
            words.skip("AS")
        elif words.next in ("CSV", "PARQUET", "JSON"):
            how.form = words.take().upper()
        elif words.skip("DELIMITER"):
            words.skip("AS")
            how.delimiter = words.text().replace("\\t", "\t")
        elif words.skip("PARTITION"):
            words.expect("BY")
            how.partitions = words.names()
        elif words.skip("NULL"):
            words.skip("AS")
            how.null = words.text()
        elif words.skip("EXTENSION"):
            how.extension = words.text()
        elif words.skip("KMS_KEY_ID"):
            how.key = words.text()
        elif words.skip("ENCRYPTED"):
            words.skip("AUTO")
        elif words.skip("MANIFEST"):
            how.manifest = True
        elif words.next in _PRESSED:
            how.compression = words.take().upper()
        elif words.next in _FLAGS:
            how.flags.add(words.take().upper())
        elif not ignored(words, _WITHOUT_EFFECT):
            raise not_supported(f"UNLOAD with {words.next}")
    if how.form in ("PARQUET", "JSON") and (
        how.compression == "BZIP2" or how.delimiter or how.flags & {"HEADER", "ADDQUOTES"}
    ):
        raise QueryFailed(f"ERROR: UNLOAD to {how.form} does not take options of text.")
    if how.form == "PARQUET" and how.compression:
        raise QueryFailed("ERROR: UNLOAD to PARQUET does not take a compression: it is compressed with SNAPPY.")
    if {"ALLOWOVERWRITE", "CLEANPATH"} <= how.flags:
        raise QueryFailed("ERROR: CLEANPATH and ALLOWOVERWRITE cannot be specified together.")
    return how


def _make_room(session: Session, uri: str, how: _Unload) -> None:
    found = session.objects.starting_with(uri)
    if found and "CLEANPATH" in how.flags:
        for each in found:
            session.objects.delete(each.uri)
    elif found and "ALLOWOVERWRITE" not in how.flags:
        raise QueryFailed(
            "ERROR: Specified unload destination on S3 is not empty. Consider using a different bucket / prefix,"
            " manually removing the target files in S3, or using the ALLOWOVERWRITE option."
        )


def _folders(
    session: Session, uri: str, names: Sequence[str], how: _Unload
) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """The beginning of each file's name, with the condition of its rows and the values in it."""
    if not how.partitions:
        yield uri, "true", []
        return
    keys = [f"c{names.index(name)}" for name in how.partitions]
    condition = " AND ".join(f"{key} IS NOT DISTINCT FROM ?" for key in keys)
    for values in session.execute(f"SELECT DISTINCT {', '.join(keys)} FROM unloaded ORDER BY ALL").fetchall():
        texts = [
            "__HIVE_DEFAULT_PARTITION__" if each is None else quote(text_of(each), safe="-_. ~,") for each in values
        ]
        folders = "/".join(f"{name}={text}" for name, text in zip(how.partitions, texts, strict=True))
        yield f"{uri.rstrip('/')}/{folders}/", condition, values


def _write(
    session: Session,
    begin: str,
    condition: str,
    given: Sequence[Any],
    kept: Sequence[int],
    names: Sequence[str],
    how: _Unload,
) -> _Written:
    chosen = ", ".join(f'c{place} AS "{names[place]}"' for place in kept)
    session.execute(
        f"CREATE OR REPLACE TEMP TABLE unloading AS SELECT {chosen} FROM unloaded WHERE {condition}", given
    )
    count = int(session.execute("SELECT count(*) FROM unloading").fetchone()[0])
    if how.form in ("PARQUET", "JSON"):
        path = session.objects.folder / "unloaded"
        options = "FORMAT parquet, CODEC 'snappy'" if how.form == "PARQUET" else "FORMAT json"
        session.execute(f"COPY unloading TO '{path}' ({options})")
        content = path.read_bytes()
    else:
        rows = session.execute("SELECT * FROM unloading").fetchall()
        content = _text([names[place] for place in kept], rows, how).encode()
    if how.compression:
        content = _PRESSED[how.compression](content)
    ending = (
        f".{how.extension}"
        if how.extension
        else {"PARQUET": ".parquet"}.get(how.form, _ENDINGS.get(how.compression, ""))
    )
    encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": how.key} if how.key else {"EncryptionOption": "SSE_S3"}
    session.objects.write(f"{begin}{ending}", content, encryption)
    return _Written(f"{begin}{ending}", len(content), count)


def _text(names: Sequence[str], rows: Sequence[Sequence[Any]], how: _Unload) -> str:
    comma = how.delimiter or ("," if how.form == "CSV" else "|")
    target = io.StringIO()
    quoting = csv.QUOTE_ALL if "ADDQUOTES" in how.flags else csv.QUOTE_MINIMAL
    if how.form != "CSV" and "ADDQUOTES" not in how.flags:
        lines = [names] if "HEADER" in how.flags else []
        texts = [*lines, *([how.null if each is None else text_of(each) for each in row] for row in rows)]
        return "".join(f"{comma.join(line)}\n" for line in texts)
    writer = csv.writer(target, delimiter=comma, quoting=quoting, lineterminator="\n")
    if "HEADER" in how.flags:
        writer.writerow(names)
    for row in rows:
        writer.writerow([how.null if each is None else text_of(each) for each in row])
    return target.getvalue()


def _list(
    session: Session, uri: str, written: Sequence[_Written], names: Sequence[str], kinds: Sequence[str], how: _Unload
) -> None:
    entries: list[dict[str, Any]] = []
    for each in written:
        entry: dict[str, Any] = {"url": each.uri}
        if how.form == "PARQUET" or "VERBOSE" in how.flags:
            entry["meta"] = {"content_length": each.size, "record_count": each.rows}
        entries.append(entry)
    manifest: dict[str, Any] = {"entries": entries}
    if "VERBOSE" in how.flags:
        elements = [
            {"name": name, "type": {"base": type_name(kind)}} for name, kind in zip(names, kinds, strict=True)
        ]
        manifest["schema"] = {"elements": elements}
        manifest["meta"] = {
            "content_length": sum(each.size for each in written),
            "record_count": sum(each.rows for each in written),
        }
        manifest["author"] = {"name": "Amazon Redshift", "version": "1.0.0"}
    session.objects.write(f"{uri}manifest", json.dumps(manifest, indent=2).encode())
