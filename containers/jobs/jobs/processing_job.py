"""A processing job as its container finds it described."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.documents import read_document
from jobs.errors import JobError
from jobs.paths import SageMakerPaths
from jobs.resources import Resources


@dataclass(frozen=True)
class ProcessingJob:
    """Where a job's named inputs and outputs are, and the machines that it runs on.

    Folders that the job's description does not name are `/opt/ml/processing/input/NAME` and
    `/opt/ml/processing/output/NAME`.

    https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-input-and-output.html
    """

    name: str
    folder: Path
    inputs: Mapping[str, Path]
    outputs: Mapping[str, Path]
    resources: Resources

    @classmethod
    def read(cls, paths: SageMakerPaths) -> "ProcessingJob":
        """The job of this process. Raises JobError when its description is no JSON."""
        described = read_document(paths.processing_configuration / "processingjobconfig.json")
        configured: dict[str, Any] = described.get("ProcessingOutputConfig") or {}
        return cls(
            name=described.get("ProcessingJobName") or "job",
            folder=paths.base / "processing",
            inputs=_local_paths(paths, described.get("ProcessingInputs") or [], "InputName", "S3Input"),
            outputs=_local_paths(paths, configured.get("Outputs") or [], "OutputName", "S3Output"),
            resources=Resources.read(paths.processing_configuration),
        )

    def input(self, name: str) -> Path:
        """The folder of an input. Raises JobError when it is not there."""
        folder = self.inputs.get(name, self.folder / "input" / name)
        if not folder.is_dir():
            raise JobError(f"there is no input '{name}': give one of this name, or files in {folder}")
        return folder

    def output(self, name: str) -> Path:
        """The folder of an output, made if need be."""
        folder = self.outputs.get(name, self.folder / "output" / name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def refuse_links(self) -> None:
        """Refuse symbolic links in outputs, which SageMaker does not upload. Raises JobError naming the first."""
        for folder in {self.folder / "output", *self.outputs.values()}:
            link = next((path for path in sorted(folder.rglob("*")) if path.is_symlink()), None)
            if link is not None:
                name = link.relative_to(folder)
                raise JobError(f"output '{folder.name}' holds a symbolic link, which is not uploaded: {name}")


def _local_paths(paths: SageMakerPaths, described: list[dict[str, Any]], name: str, source: str) -> dict[str, Path]:
    return {
        each[name]: paths.inside(each[source]["LocalPath"])
        for each in described
        if each.get(source, {}).get("LocalPath")
    }
