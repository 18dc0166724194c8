"""What a CreateProcessingJob request means for its containers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.jobs.program import JobProgram

_FOLDER = "/opt/ml/processing/"


def check_request(request: Mapping[str, Any]) -> None:
    """Refuse what would not run here as it does on AWS. Raises DataPlaneError naming every such member."""
    found: list[str] = []
    for position, one in enumerate(request.get("ProcessingInputs", [])):
        place = f"ProcessingInputs[{position}]"
        source = one.get("S3Input")
        if source is None or one.get("AppManaged"):
            found.append(f"{place} other than S3Input")
            continue
        for member, known in (("S3InputMode", "File"), ("S3CompressionType", "None")):
            if source.get(member, known) != known:
                found.append(f"{place} with {member} {source[member]}")
        found += _misplaced(place, source)
    for position, one in enumerate(_outputs(request)):
        place = f"ProcessingOutputConfig.Outputs[{position}]"
        if "S3Output" not in one or one.get("AppManaged"):
            found.append(f"{place} other than S3Output")
        else:
            found += _misplaced(place, one["S3Output"])
    found += program_of(request).problems()
    if found:
        raise DataPlaneError(f"the emulator does not run: {'; '.join(found)}")


def inputs(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The S3Input of every input."""
    return (one["S3Input"] for one in request.get("ProcessingInputs", []))


def outputs(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The S3Output of every output."""
    return (one["S3Output"] for one in _outputs(request))


def program_of(request: Mapping[str, Any]) -> JobProgram:
    """What the job runs."""
    specification = request["AppSpecification"]
    return JobProgram(specification.get("ContainerEntrypoint") or (), specification.get("ContainerArguments") or ())


def write_configuration(request: Mapping[str, Any], base: Path, arn: str, hosts: Sequence[str], host: str) -> None:
    """Write processingjobconfig.json and resourceconfig.json below `config`.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """
    members = (
        "ProcessingJobName", "AppSpecification", "Environment", "ProcessingInputs", "ProcessingOutputConfig",
        "ProcessingResources", "NetworkConfig", "RoleArn", "StoppingCondition",
    )  # fmt: skip
    documents = {
        "processingjobconfig": {"ProcessingJobArn": arn, **{name: request.get(name) for name in members}},
        "resourceconfig": {"current_host": host, "hosts": list(hosts)},
    }
    (base / "config").mkdir(parents=True, exist_ok=True)
    for name, content in documents.items():
        (base / "config" / f"{name}.json").write_text(json.dumps(content, indent=2))


def _outputs(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    return request.get("ProcessingOutputConfig", {}).get("Outputs", [])


def _misplaced(place: str, source: Mapping[str, Any]) -> list[str]:
    path = str(source.get("LocalPath", ""))
    good = path.startswith(_FOLDER) and ".." not in Path(path).parts
    return [] if good else [f"{place} with LocalPath {path or 'left out'} (it must be below {_FOLDER})"]
