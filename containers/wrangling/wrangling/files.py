"""The files of a flow: those that SageMaker has copied from S3, and those that it will copy there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from jobs.errors import JobError
from jobs.processing_job import ProcessingJob
from wrangling.flow import Node
from wrangling.frames import Frame, normalized

_FILE_NAME = "_data_source_filename"


def read_source(node: Node, job: ProcessingJob) -> Frame:
    """All rows of a data set: CSV as texts, Parquet and JSON with their types.

    Raises JobError for other formats, and where there are no files.
    """
    given: dict[str, Any] = node.parameters["dataset_definition"]
    settings: dict[str, Any] = given["s3ExecutionContext"]
    name = str(given["name"])
    folder = job.inputs.get(name, job.folder / name)
    pattern = "**/*" if settings.get("s3DirIncludesNested") else "*"
    # As Spark does, names that begin so are left out.
    files = [each for each in sorted(folder.glob(pattern)) if each.is_file() and each.name[0] not in "._"]
    if not files:
        raise JobError(f"there are no files of data set {name} in {folder}")
    kind = str(settings["s3ContentType"]).upper()
    frames = [_read(each, kind, settings, name) for each in files]
    frame = normalized(pd.concat(frames, ignore_index=True)) if len(frames) > 1 else normalized(frames[0])
    print(f"read {len(frame)} rows of {name} from {len(files)} files", flush=True)
    return frame


def write(frame: Frame, folder: Path, config: Mapping[str, Any]) -> None:
    """Write a table as one file of CSV, with a line of names, or of Parquet. Raises JobError for other formats."""
    kind = str(config.get("content_type", "CSV")).upper()
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "CSV":
        delimiter = config.get("delimiter") or ","
        flags = [name for name in frame if frame[name].dtype == "boolean"]
        shown = frame.assign(**{name: frame[name].map({True: "true", False: "false"}) for name in flags})
        shown.to_csv(folder / "part-00000.csv", index=False, sep=delimiter)
    elif kind == "PARQUET":
        connection = duckdb.connect()
        connection.register("rows", frame)
        connection.execute(f"COPY rows TO '{folder / 'part-00000.parquet'}' (FORMAT parquet, COMPRESSION snappy)")
    else:
        raise JobError(f"outputs are CSV or PARQUET, got: {kind}")


def _read(file: Path, kind: str, settings: dict[str, Any], name: str) -> Frame:
    try:
        if kind == "CSV":
            frame = _csv(file, settings)
        elif kind in ("PARQUET", "JSON", "JSONL"):
            reader = "read_parquet($file)" if kind == "PARQUET" else "read_json($file)"
            frame = duckdb.connect().execute(f"SELECT * FROM {reader}", {"file": str(file)}).df()
        else:
            raise JobError(f"data set {name} is of a format that does not run here: {kind}")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, duckdb.Error) as error:
        raise JobError(f"{file.name} of data set {name} is no {kind}: {error}") from None
    return frame.assign(**{_FILE_NAME: file.name}) if settings.get("s3AddsFilenameColumn") else frame


def _csv(file: Path, settings: dict[str, Any]) -> Frame:
    header = settings.get("s3HasHeader", True)
    frame = pd.read_csv(
        file,
        sep=settings.get("s3FieldDelimiter") or ",",
        header=0 if header else None,
        skiprows=int(settings.get("s3SkipLines") or 0),
        dtype="object",
        keep_default_na=False,
        na_values=[""],
    )
    # Spark's names of columns without one.
    return frame if header else frame.set_axis([f"_c{index}" for index in range(frame.shape[1])], axis=1)
