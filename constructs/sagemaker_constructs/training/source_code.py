"""A training program that lies on the machine that synthesizes."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.assets import asset_root, is_left_behind
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects
from sagemaker_constructs.training.training_program import BoundProgram, TrainingProgram

_CODE = "code"
_FOLDER = f"/opt/ml/input/data/{_CODE}"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SourceCode(TrainingProgram):
    """The files of ``directory``, published by ``cdk deploy``; an image with Python 3.8 or later runs them.

    They come as the channel ``code``, to ``/opt/ml/input/data/code``, which is the current folder. ``entry_script``
    is a Python file of the directory. It is run with the job's hyperparameters as ``--name value``, and with the
    variables by which scripts for AWS's framework images find their folders, such as ``SM_MODEL_DIR`` and
    ``SM_CHANNEL_TRAIN``. ``command`` is run in its place, such as ``["torchrun", "--nproc_per_node=4", "train.py"]``,
    with the same variables and without hyperparameters. ``requirements`` is a file of the directory, whose packages
    the image's pip installs first: that takes a network.

    The same files give the same object everywhere, so that caches of pipelines survive deployments. ``.git``,
    ``.env`` and ``__pycache__`` are no part of it.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html and
    https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
    """

    channel: ClassVar[str] = _CODE

    directory: str | Path
    entry_script: str | None = None
    command: Sequence[str] = ()
    requirements: str | None = None

    def problems(self) -> Iterator[Problem]:
        """What is not there, or cannot be run."""
        folder = Path(self.directory)
        if not folder.is_dir():
            yield Problem("directory", f"must be a folder, got: {str(self.directory)!r}")
            return
        if (self.entry_script is None) == (not self.command):
            words = f"{self.entry_script!r} and {[*self.command]}"
            yield Problem("", f"must have either an entry_script or a command, got: {words}")
        if self.entry_script is not None and not self.entry_script.endswith(".py"):
            yield Problem("entry_script", f"must be a Python file, got: {self.entry_script!r}")
        for name, value in (("entry_script", self.entry_script), ("requirements", self.requirements)):
            if value is not None and value not in self._files:
                yield Problem(name, f"must be a file of {str(self.directory)!r}, got: {value!r}")

    def run_problems(
        self, arguments: Sequence[str], hyperparameters: Mapping[str, str], network_isolation: bool
    ) -> Iterator[Problem]:
        """Requirements, where pip cannot reach an index."""
        del arguments, hyperparameters
        if self.requirements and network_isolation:
            words = (
                "must be False for the source's requirements: an isolated container cannot install them, got: True"
            )
            yield Problem("network_isolation", words)

    def bind(self, scope: Construct, grants: Grants, groups: Sequence[str]) -> BoundProgram:
        """Publish its files as an archive that Python runs."""
        with TemporaryDirectory() as folder:
            archive = Path(folder) / "code.zip"
            archive.write_bytes(self._packed())
            asset = s3_assets.Asset(
                scope, "Code", path=str(archive), display_name=f"Training code of {scope.node.path}"
            )
        grant_read_objects(asset.bucket, grants, asset.s3_object_key)
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": bucket_facts(asset.bucket).url(asset.s3_object_key),
            "S3DataDistributionType": "FullyReplicated",
            **({"InstanceGroupNames": [*groups]} if groups else {}),
        }
        channel: dict[str, object] = {
            "ChannelName": _CODE,
            "InputMode": "File",
            "DataSource": {"S3DataSource": source},
        }
        return BoundProgram(channel, ["python3", f"{_FOLDER}/{asset.asset_hash}.zip"])

    def arguments(self, more: Sequence[str]) -> list[str]:
        """What the archive is started with; ``more`` are arguments of the script or command."""
        first = ["--requirements", self.requirements] if self.requirements else []
        if self.entry_script is None:
            return [*first, "--command", *self.command, *more]
        return [*first, "--script", self.entry_script, *more]

    @property
    def _files(self) -> dict[str, Path]:
        folder = Path(self.directory)
        paths = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
        kept = ((name, path) for name, path in paths.items() if not is_left_behind(name))
        return {name.as_posix(): path for name, path in kept if not {".git", ".env"} & {*name.parts}}

    def _packed(self) -> bytes:
        content = io.BytesIO()
        files = {f"program/{name}": path for name, path in self._files.items()}
        files["__main__.py"] = asset_root() / "containers" / "script" / "__main__.py"
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in files.items():
                member = zipfile.ZipInfo(name, _FIRST_DAY)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
                archive.writestr(member, path.read_bytes())
        return content.getvalue()
