"""A notebook that a training job runs."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, cast

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects
from sagemaker_constructs.training.training_program import BoundProgram, TrainingProgram

_ENTRY_POINT = "amazon_sagemaker_scheduler"
_LEFT_BY_RUNS = ("execution", "widgets", "papermill")


@dataclass(frozen=True)
class Notebook(TrainingProgram):
    """The notebook in the file ``path``, run from its first cell to its last as one of SageMaker's notebook jobs.

    The image starts it by ``amazon_sagemaker_scheduler``: the library's ``notebooks``, those of SageMaker
    Distribution, or any with the package ``sagemaker-headless-execution-driver``. ``kernel`` is the name of one that
    the image has. ``name`` is what Studio calls the job, and the executed notebook in the job's ``output.tar.gz``:
    letters, digits, ``-`` and ``_`` (default: the file's name with ``-job`` behind it).

    Hyperparameters of its job become variables, as text, in a cell behind the one with the tag ``parameters``, which
    holds their defaults. The current folder has nothing but the notebook; what it imports is in the image, what it
    reads are channels, below ``/opt/ml/input/data``. A cell that fails is the job's FailureReason.

    Outputs that are saved with the notebook are no part of what is published: to run it by hand changes nothing.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-auto-run.html
    """

    channel: ClassVar[str] = "sagemaker_headless_execution_pipelinestep"

    path: str | Path
    kernel: str = "python3"
    name: str | None = None

    @property
    def job_name(self) -> str:
        """What the job is called among notebook jobs."""
        return self.name or f"{re.sub('[^a-zA-Z0-9_-]', '-', Path(self.path).stem)}-job"

    def problems(self) -> Iterator[Problem]:
        """What is not there, or is no notebook."""
        if not self.kernel:
            yield Problem("kernel", "must be the name of a kernel in the image, got: ''")
        words = "a letter, then letters, digits, - and _"
        found = matches("name", self.job_name, "[a-zA-Z][a-zA-Z0-9_-]*", words)
        if found:
            yield found
        if not Path(self.path).is_file():
            yield Problem("path", f"must be a notebook's file, got: {str(self.path)!r}")
        elif self._document is None:
            yield Problem("path", f"must be a notebook of nbformat 4, got: {str(self.path)!r}")
        elif not any(cell.get("cell_type") == "code" for cell in self._document["cells"]):
            yield Problem("path", f"must have a code cell, got none in: {str(self.path)!r}")

    def run_problems(
        self, arguments: Sequence[str], hyperparameters: Mapping[str, str], network_isolation: bool
    ) -> Iterator[Problem]:
        """Arguments, and hyperparameters that are no variables."""
        del network_isolation
        if arguments:
            yield Problem("arguments", f"are not available for a notebook, got: {', '.join(arguments)}")
        yield from parameter_problems("hyperparameters", hyperparameters)

    def arguments(self, more: Sequence[str]) -> list[str]:
        """None: a notebook job is told by its environment."""
        return [*more]

    def bind(self, scope: Construct, grants: Grants, groups: Sequence[str]) -> BoundProgram:
        """Publish the notebook; the job finds it by its hash, and its users by its tags."""
        with TemporaryDirectory() as folder:
            published = Path(folder) / "notebook.ipynb"
            published.write_text(self._text(), encoding="utf-8")
            asset = s3_assets.Asset(scope, "Notebook", path=str(published), display_name=f"{Path(self.path).name}")
        grant_read_objects(asset.bucket, grants, asset.s3_object_key)
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": bucket_facts(asset.bucket).url(asset.s3_object_key),
            "S3DataDistributionType": "FullyReplicated",
            **({"InstanceGroupNames": [*groups]} if groups else {}),
        }
        return BoundProgram(
            channel={"ChannelName": self.channel, "InputMode": "File", "DataSource": {"S3DataSource": source}},
            entry_point=[_ENTRY_POINT],
            environment={
                "AWS_DEFAULT_REGION": location_of(scope).region,
                "SM_JOB_DEF_VERSION": "1.0",
                "SM_ENV_NAME": "sagemaker-default-env",
                "SM_SKIP_EFS_SIMULATION": "true",
                "SM_EXECUTION_INPUT_PATH": f"/opt/ml/input/data/{self.channel}",
                "SM_KERNEL_NAME": self.kernel,
                "SM_INPUT_NOTEBOOK_NAME": f"{asset.asset_hash}.ipynb",
                "SM_OUTPUT_NOTEBOOK_NAME": f"{self.job_name}.ipynb",
            },
            tags={
                "sagemaker:name": self.job_name,
                "sagemaker:notebook-name": Path(self.path).name,
                "sagemaker:notebook-job-origin": "PIPELINE_STEP",
                "sagemaker:is-studio-archived": "false",
            },
        )

    @cached_property
    def _document(self) -> dict[str, Any] | None:
        try:
            found: Any = json.loads(Path(self.path).read_text(encoding="utf-8"))
        except ValueError:
            return None
        if not isinstance(found, dict):
            return None
        document = cast("dict[str, Any]", found)
        return document if document.get("nbformat") == 4 and isinstance(document.get("cells"), list) else None

    def _text(self) -> str:
        """The notebook without what a run of it leaves."""
        document = self._document or {}
        cells: list[dict[str, Any]] = [
            {**cell, "outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else cell
            for cell in map(_without_runs, document["cells"])
        ]
        return json.dumps({**_without_runs(document), "cells": cells}, indent=1, sort_keys=True, ensure_ascii=False)


def _without_runs(part: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in part.get("metadata", {}).items() if name not in _LEFT_BY_RUNS}
    return {**part, "metadata": metadata}


def parameter_problems(place: str, names: Mapping[str, object]) -> Iterator[Problem]:
    """Parameters of a notebook that cannot be variables of it."""
    for name in names:
        if not name.isidentifier():
            yield Problem(place, f"of a notebook must be named like variables, got: {name!r}")
