"""Hosting: real serving processes, started, called, killed and replaced."""

import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from emulator.containers.errors import DataPlaneError
from emulator.containers.hosting import ContainerSpec, Hosting
from emulator.containers.invocation import Answer, Invocation
from emulator.images.store import ImageStore
from emulator.jobs.training.runner import TrainingRunner
from harness.containers.memory_s3 import MemoryS3
from harness.containers.programs import program
from harness.containers.tabular_image import PROJECT, TABULAR_URI, build_program, image_store

MODEL = "s3://bucket/model.tar.gz"
ROW = ",".join("0" * 30).encode()
CSV = {"Content-Type": "text/csv"}
ECHO = program("headers/__main__.py")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model archive, trained once."""
    folder, s3 = tmp_path_factory.mktemp("model"), MemoryS3()
    runner = TrainingRunner(images=image_store(folder / "root"), directory=folder / "jobs", s3=s3)
    result = runner.run(
        {
            "TrainingJobName": "job",
            "RoleArn": "arn:aws:iam::123456789012:role/training",
            "AlgorithmSpecification": {"TrainingImage": TABULAR_URI, "TrainingInputMode": "File"},
            "HyperParameters": {"dataset": "breast-cancer", "num_iterations": "10"},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket"},
            "ResourceConfig": {"InstanceCount": 1},
            "StoppingCondition": {},
        }
    )
    assert result.status == "Completed", result.failure_reason
    return s3.objects["bucket", "job/output/model.tar.gz"]


@dataclass
class Workplace:
    hosting: Hosting
    images: ImageStore
    s3: MemoryS3
    folder: Path

    def program(self, text: str, tag: str = "program:1") -> str:
        build_program(self.images, self.folder / tag.replace(":", "-"), text, tag)
        return tag

    def invoke(self, body: bytes, headers: Mapping[str, str] = CSV) -> Answer:
        return self.hosting.invoke("endpoint/variant", Invocation.received(body, headers))

    def pid(self, name: str = "endpoint/variant") -> int:
        return int(next((self.folder / "hosting" / name).glob("run-*/pid")).read_text())


@pytest.fixture
def workplace(tmp_path: Path, model: bytes) -> Generator[Workplace]:
    images, s3 = image_store(tmp_path / "root"), MemoryS3()
    s3.objects["bucket", "model.tar.gz"] = model
    hosting = Hosting(images=images, directory=tmp_path / "hosting", s3=s3)
    yield Workplace(hosting, images, s3, tmp_path)
    hosting.stop_all()


def tabular(**environment: str) -> ContainerSpec:
    return ContainerSpec(
        "endpoint/variant",
        TABULAR_URI,
        {"MODEL_SERVER_WORKERS": "1", **environment},
        MODEL,
        startup_timeout_seconds=30,
    )


def gone(pid: int) -> bool:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_tabular_endpoint_answers_and_stops(workplace: Workplace) -> None:
    workplace.hosting.start(tabular())
    pid = workplace.pid()
    answer = workplace.invoke(ROW, {**CSV, "X-Amzn-SageMaker-Custom-Attributes": "a=1"})
    assert (answer.status, answer.content_type) == (200, "text/csv")
    assert answer.body.split(b",")[0] in (b"benign", b"malignant")
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "a=1"
    assert workplace.invoke(b"1,2").status == 400
    workplace.hosting.stop("endpoint/variant")
    assert gone(pid)
    with pytest.raises(DataPlaneError, match="endpoint/variant is not in service here"):
        workplace.invoke(ROW)
    assert '"server stopped"' in (workplace.folder / "hosting" / "endpoint" / "variant" / "log.txt").read_text()


def test_request_too_large_is_the_containers_413(workplace: Workplace) -> None:
    workplace.hosting.start(tabular())
    assert workplace.invoke(b"1" * 26_214_401).status == 413


def test_killed_during_a_request_says_so_and_the_next_call_works(workplace: Workplace) -> None:
    image = workplace.program(ECHO)
    workplace.hosting.start(ContainerSpec("endpoint/variant", image))
    errors: list[DataPlaneError] = []

    def call() -> None:
        try:
            workplace.invoke(b"sleep")
        except DataPlaneError as error:
            errors.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    log = workplace.hosting.log_path("endpoint/variant")
    end = time.monotonic() + 300
    while time.monotonic() < end and "sleeping" not in log.read_text():
        time.sleep(0.02)
    before = workplace.pid()
    os.kill(before, signal.SIGKILL)
    caller.join(300)
    assert str(errors[0]) == "endpoint/variant ended during the request (by signal 9); the next call starts it again"
    assert workplace.invoke(b"x").status == 200
    assert workplace.pid() != before


def test_dead_process_is_started_again_with_its_model(workplace: Workplace) -> None:
    workplace.hosting.start(tabular())
    expected = workplace.invoke(ROW).body
    del workplace.s3.objects["bucket", "model.tar.gz"]
    pid = workplace.pid()
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    answers: list[Answer] = []
    end = time.monotonic() + 300
    while time.monotonic() < end and not answers:
        try:
            answers.append(workplace.invoke(ROW))
        except DataPlaneError:
            time.sleep(0.05)
    assert answers[0].body == expected


def test_restored_variant_starts_at_the_first_call(workplace: Workplace) -> None:
    workplace.hosting.restore(tabular())
    assert not list((workplace.folder / "hosting").rglob("pid"))
    assert workplace.invoke(ROW).status == 200


def test_replacement_takes_over_and_a_failing_one_changes_nothing(workplace: Workplace) -> None:
    image = workplace.program(ECHO)
    workplace.hosting.start(ContainerSpec("endpoint/variant", image, {"MARK": "one"}))
    first = workplace.pid()
    broken = workplace.program("print('no luck'); raise SystemExit(3)", "broken:1")
    with pytest.raises(DataPlaneError, match="health check: it ended with exit code 3: no luck"):
        workplace.hosting.start(ContainerSpec("endpoint/variant", broken))
    assert b'"one"' in workplace.invoke(b"x").body
    workplace.hosting.start(ContainerSpec("endpoint/variant", image, {"MARK": "two"}))
    assert b'"two"' in workplace.invoke(b"x").body
    assert gone(first)


def test_container_gets_sagemakers_headers_but_no_credentials(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    workplace.hosting.start(ContainerSpec("endpoint/variant", workplace.program(ECHO)))
    headers = {
        **CSV,
        "Accept": "text/csv",
        "Authorization": "AWS4-HMAC-SHA256 secret",
        "X-Amz-Date": "20260101T000000Z",
        "X-Amzn-SageMaker-Target-Model": "a.tar.gz",
        "amz-sdk-request": "attempt=1",
    }
    body = workplace.invoke(b"x", headers).body
    names = ["accept", "accept-encoding", "content-length", "content-type", "host", "x-amzn-sagemaker-target-model"]
    assert str(names).replace("'", '"').encode() in body
    assert b"real" not in body


def test_silent_container_fails_at_its_timeout(workplace: Workplace) -> None:
    image = workplace.program("import time; print('thinking', flush=True); time.sleep(300)")
    with pytest.raises(DataPlaneError, match=r"did not pass the ping health check within 1 s: thinking"):
        workplace.hosting.start(ContainerSpec("endpoint/variant", image, startup_timeout_seconds=1))
    assert not list((workplace.folder / "hosting").rglob("run-*"))


def tar(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return buffer.getvalue()


def member(name: str, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = 0 if link else 1
    if link:
        info.type, info.linkname = tarfile.SYMTYPE, link
    return info


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (tar(member("../escaped")), "the archive's member '../escaped' leaves its folder"),
        (tar(member("/tmp/escaped")), "the archive's member '/tmp/escaped' leaves its folder"),
        (tar(member("a/../../escaped")), "leaves its folder"),
        (tar(member("link", "/etc")), "the archive is refused"),
        (tar(member("link", "../../..")), "the archive is refused"),
        (b"no archive", "the archive cannot be unpacked"),
        (tar(member("model.txt"))[:-20], "the archive cannot be unpacked"),
    ],
    ids=["parent", "absolute", "through a folder", "absolute link", "parent link", "no archive", "cut short"],
)
def test_bad_model_archive_is_refused(workplace: Workplace, archive: bytes, reason: str) -> None:
    workplace.s3.objects["bucket", "model.tar.gz"] = archive
    with pytest.raises(DataPlaneError, match=rf"^Failed to extract model data archive from {MODEL}: .*{reason}"):
        workplace.hosting.start(tabular())
    assert not list(workplace.folder.rglob("escaped"))


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        (ContainerSpec("e/v", "aws/xgboost:1"), "aws/xgboost:1 was not built in this emulator"),
        (ContainerSpec("e/v", TABULAR_URI), "no model.json in"),
        (ContainerSpec("e/v", TABULAR_URI, {}, "s3://bucket/absent.tar.gz"), "NoSuchKey"),
        (ContainerSpec("e/v", TABULAR_URI, {}, "https://bucket/model.tar.gz"), "not an S3 URI"),
    ],
)
def test_what_cannot_start_says_why(workplace: Workplace, container: ContainerSpec, reason: str) -> None:
    with pytest.raises(DataPlaneError, match=reason):
        workplace.hosting.start(container)


def test_killed_emulator_leaves_no_container_behind(workplace: Workplace, tmp_path: Path) -> None:
    image = workplace.program(ECHO)
    program = f"""
import time
from pathlib import Path
from emulator.containers.hosting import ContainerSpec, Hosting
from emulator.images.store import ImageStore
from harness.containers.programs import program
from harness.containers.memory_s3 import MemoryS3
from harness.containers.programs import program
images = ImageStore(Path({str(tmp_path / "root")!r}))
hosting = Hosting(images=images, directory=Path({str(tmp_path / "other")!r}), s3=MemoryS3())
hosting.start(ContainerSpec("endpoint/variant", {image!r}))
print("started", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    container = int(next((tmp_path / "other").rglob("pid")).read_text())
    process.kill()
    process.communicate(timeout=10)
    assert gone(container)
