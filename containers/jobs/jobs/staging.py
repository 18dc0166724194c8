"""Inputs from S3 and outputs to S3, for a container without folders that are laid out, such as one of AWS Batch."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from jobs.clients import aws_client
from jobs.errors import JobError
from jobs.paths import SageMakerPaths

VARIABLE = "PROCESSING_JOB_CONFIG"


@dataclass(frozen=True)
class StagedJob:
    """A processing job whose description, in SageMaker's form, is in the variable `PROCESSING_JOB_CONFIG`.

    Of an array of jobs, each has its share of the objects of an input with `S3DataDistributionType` `ShardedByS3Key`,
    and writes its outputs below a folder that is called as its index.

    https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    """

    paths: SageMakerPaths
    description: Mapping[str, Any]
    share: tuple[int, int] | None = None
    client: Callable[[str], Any] = aws_client

    @classmethod
    def of(cls, paths: SageMakerPaths, environment: Mapping[str, str]) -> "StagedJob | None":
        """The job of this process; None where SageMaker has laid everything out. Raises JobError."""
        text = environment.get(VARIABLE)
        if text is None:
            return None
        try:
            described: Any = json.loads(text)
        except ValueError as error:
            raise JobError(f"{VARIABLE} is not JSON: {error}") from None
        index, size = environment.get("AWS_BATCH_JOB_ARRAY_INDEX"), environment.get("AWS_BATCH_JOB_ARRAY_SIZE")
        share = (int(index), int(size)) if index is not None and size is not None else None
        return cls(paths, cast("Mapping[str, Any]", described), share)

    def download(self) -> None:
        """Lay the folders out: inputs, and the description where scripts look for it. Raises JobError."""
        configuration = self.paths.processing_configuration
        configuration.mkdir(parents=True, exist_ok=True)
        (configuration / "processingjobconfig.json").write_text(json.dumps(self.description))
        for source in self._inputs():
            folder = self.paths.inside(source["LocalPath"])
            folder.mkdir(parents=True, exist_ok=True)
            bucket, prefix = _place(source["S3Uri"])
            sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
            keys = sorted(self._keys(bucket, prefix))
            if not keys:
                raise JobError(f"there are no objects below {source['S3Uri']}")
            first, step = self.share if sharded and self.share else (0, 1)
            for key in keys[first::step]:
                self._fetch(bucket, key, folder / (key.removeprefix(prefix) or Path(key).name))
        print(f"took {sum(1 for _ in self._inputs())} inputs from S3", flush=True)

    def upload(self) -> None:
        """Copy what is in the folders of the outputs to S3."""
        s3 = self.client("s3")
        for target in self._outputs():
            folder = self.paths.inside(target["LocalPath"])
            bucket, prefix = _place(target["S3Uri"])
            below = f"{prefix}{self.share[0]}/" if self.share else prefix
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            for file in files:
                with file.open("rb") as content:
                    s3.put_object(Bucket=bucket, Key=f"{below}{file.relative_to(folder).as_posix()}", Body=content)
            print(f"wrote {len(files)} files to s3://{bucket}/{below}", flush=True)

    def _inputs(self) -> Iterator[Mapping[str, Any]]:
        return (each["S3Input"] for each in self.description.get("ProcessingInputs", ()))

    def _outputs(self) -> Iterator[Mapping[str, Any]]:
        configured: Mapping[str, Any] = self.description.get("ProcessingOutputConfig") or {}
        return (each["S3Output"] for each in configured.get("Outputs", ()))

    def _keys(self, bucket: str, prefix: str) -> Iterator[str]:
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return (each["Key"] for page in pages for each in page.get("Contents", ()) if not each["Key"].endswith("/"))

    def _fetch(self, bucket: str, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        body = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        with path.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)


def staged_job(paths: SageMakerPaths) -> StagedJob | None:
    """The job of this process, by its environment."""
    return StagedJob.of(paths, os.environ)


def _place(uri: str) -> tuple[str, str]:
    """Bucket, and prefix with a slash at its end."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, f"{key.strip('/')}/" if key.strip("/") else ""
