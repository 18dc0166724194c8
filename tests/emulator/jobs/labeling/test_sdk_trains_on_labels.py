"""Augmented manifests as AWS documents them, taken by the SageMaker Python SDK, and read through a channel."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import ImageStore
from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import ROLE, Clients
from harness.containers.programs import IMAGES
from lambdas.labeling.manifests import written_manifest
from lambdas.labeling.task_types import TASK_TYPES

PYTHON = PROJECT / ".venv-sdk" / "bin" / "python"
SCRIPT = PROJECT / "tests" / "sdk" / "train_on_labels.py"
BUCKET = "labels-for-the-sdk"
URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:pipes"
DOCUMENTED: list[dict[str, Any]] = json.loads(
    (PROJECT / "tests" / "lambdas" / "labeling" / "documented.json").read_text()
)
MAGIC = 0xCED7230A


@pytest.fixture(scope="module")
def image(image_root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image that keeps what its pipes give it."""
    context = tmp_path_factory.mktemp("pipes-image")
    (context / "program.py").write_text((IMAGES / "pipes" / "__main__.py").read_text())
    locked = (PROJECT / "emulator" / "requirements.txt").read_text()
    (context / "requirements.txt").write_text(locked[locked.index("six==") :].split("    # via")[0])
    (context / "Dockerfile").write_text(
        "FROM python:3.11-slim\n"
        "COPY requirements.txt /opt/\n"
        "RUN pip install --require-hashes -r /opt/requirements.txt\n"
        "COPY program.py /opt/program/program.py\n"
        "ENV PYTHONPATH=/opt/program\n"
        'ENTRYPOINT ["python", "-m", "program"]\n'
    )
    store = ImageStore(image_root)
    store.build(context, context / "Dockerfile", [URI])
    store.push(URI)
    return URI


def _records(stream: bytes) -> Iterator[bytes]:
    while stream:
        assert int.from_bytes(stream[:4], "little") == MAGIC
        length = int.from_bytes(stream[4:8], "little")
        yield stream[8 : 8 + length]
        stream = stream[8 + length + -length % 4 :]


def test_every_documented_label_reaches_a_training_by_the_sdk(
    emulator: RunningEmulator, client: Clients, image: str, tmp_path: Path
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    settings = tmp_path / "config.yaml"
    settings.write_text("SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n")
    lines: list[dict[str, Any]] = []
    for number, example in enumerate(DOCUMENTED):
        name, reference = example["attribute"], TASK_TYPES[example["task"]].reference
        line = {"label-metadata": example["documented"][f"{name}-metadata"], **example["line"]}
        line["label"] = json.dumps(example["documented"][name])
        line["label-ref"] = f"s3://{BUCKET}/labels/{number}"
        label = f"attachment of {number}" if reference else line["label"]
        s3.put_object(Bucket=BUCKET, Key=f"labels/{number}", Body=label.encode())
        lines.append(line)
    s3.put_object(Bucket=BUCKET, Key="output.manifest", Body=written_manifest(lines).encode())
    attributes = ["label-ref", "label-metadata"]
    given = {
        "manifest": f"s3://{BUCKET}/output.manifest",
        "attributes": attributes,
        "image": image,
        "role": ROLE,
        "output": f"s3://{BUCKET}/models",
    }
    done = subprocess.run(
        [PYTHON, SCRIPT, json.dumps(given)],
        env={
            **emulator.environment(),
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(settings),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    bucket, _, key = done.stdout.split()[-1].removeprefix("s3://").partition("/")
    model = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(model)) as archive:
        kept = archive.extractfile("train_0")
        assert kept is not None
        read = list(_records(kept.read()))
    assert len(read) == len(attributes) * len(DOCUMENTED)
    for number, (line, example) in enumerate(zip(lines, DOCUMENTED, strict=True)):
        label, metadata = read[2 * number], json.loads(read[2 * number + 1])
        reference = TASK_TYPES[example["task"]].reference
        assert label == (f"attachment of {number}" if reference else line["label"]).encode()
        assert metadata == line["label-metadata"]
