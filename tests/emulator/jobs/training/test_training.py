"""Training jobs: real containers' processes between S3 and S3."""

import gzip
import io
import json
import os
import signal
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import ImageStore
from emulator.jobs.training.runner import TrainingResult, TrainingRunner
from harness.containers.memory_s3 import MemoryS3
from harness.containers.programs import program
from harness.containers.tabular_image import TABULAR_URI, build_program, image_store

REPORT = program("report/__main__.py")
WAIT = program("wait/__main__.py")


@dataclass
class Workplace:
    runner: TrainingRunner
    images: ImageStore
    s3: MemoryS3
    folder: Path

    def program(self, text: str) -> str:
        """An image that runs this text."""
        build_program(self.images, self.folder / "context", text, "program:1")
        return "program:1"

    def archive(self, job: str, name: str) -> dict[str, bytes]:
        content = self.s3.objects["bucket", f"out/{job}/output/{name}"]
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
            return {name: stream.read() for name, stream in members.items() if stream}


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    images, s3 = image_store(tmp_path / "root"), MemoryS3()
    runner = TrainingRunner(
        images=images,
        directory=tmp_path / "jobs",
        s3=s3,
        aws_environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1"},
        stop_grace_seconds=5,
    )
    return Workplace(runner, images, s3, tmp_path)


def request(image: str = TABULAR_URI, **members: Any) -> dict[str, Any]:
    algorithm = {
        "TrainingImage": image,
        "TrainingInputMode": "File",
        **members.pop("AlgorithmSpecification", {}),
    }
    return {
        "TrainingJobName": "job",
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "AlgorithmSpecification": algorithm,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **members,
    }


def channel(name: str, uri: str, **members: Any) -> dict[str, Any]:
    source = {"S3DataType": members.pop("S3DataType", "S3Prefix"), "S3Uri": uri}
    if "AttributeNames" in members:
        source["AttributeNames"] = members.pop("AttributeNames")
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **members}


def test_tabular_job_completes_with_model_output_and_metrics(workplace: Workplace) -> None:
    definitions = [{"Name": name, "Regex": f"{name}=([0-9.]+)"} for name in ("validation:auc", "absent")]
    result = workplace.runner.run(
        request(
            HyperParameters={"dataset": "breast-cancer"}, AlgorithmSpecification={"MetricDefinitions": definitions}
        )
    )
    assert (result.status, result.failure_reason) == ("Completed", None)
    assert result.model_artifacts_url == "s3://bucket/out/job/output/model.tar.gz"
    assert sorted(workplace.archive("job", "model.tar.gz")) == ["model.json", "model.txt"]
    written = json.loads(workplace.archive("job", "output.tar.gz")["metrics.json"])
    assert [metric["MetricName"] for metric in result.metrics] == ["validation:auc"]
    assert result.metrics[0]["Value"] == pytest.approx(written["validation:auc"], abs=1e-6)
    assert "validation:auc=" in result.log.read_text()


def test_same_job_gives_the_same_archive(workplace: Workplace) -> None:
    archives: list[bytes] = []
    for _ in range(2):
        workplace.runner.run(request(HyperParameters={"dataset": "breast-cancer"}))
        archives.append(workplace.s3.objects["bucket", "out/job/output/model.tar.gz"])
    assert archives[0] == archives[1]


def test_container_sees_what_sagemaker_shows_it(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    for key in ("data/train/a.csv", "data/train/deep/b.csv", "data/train/c.csv", "data/trainee.csv", "one.csv"):
        workplace.s3.objects["bucket", key] = key.encode()
    workplace.s3.objects["bucket", "points/old"] = b"epoch 1"
    result = workplace.runner.run(
        request(
            workplace.program(REPORT),
            HyperParameters={"rounds": "5"},
            Environment={"MINE": "yes"},
            InputDataConfig=[
                channel("train", "s3://bucket/data/train/", ContentType="text/csv"),
                channel("single", "s3://bucket/one.csv", InputMode="FastFile"),
            ],
            CheckpointConfig={"S3Uri": "s3://bucket/points"},
            AlgorithmSpecification={"MetricDefinitions": [{"Name": "loss", "Regex": r"^loss=(\S+)$"}]},
        )
    )
    assert result.status == "Completed", result.failure_reason
    seen = json.loads(workplace.archive("job", "model.tar.gz")["seen.json"])
    files, environment = seen["files"], seen["environment"]
    assert {name: text for name, text in files.items() if "/data/" in name} == {
        "input/data/train/a.csv": "data/train/a.csv",
        "input/data/train/deep/b.csv": "data/train/deep/b.csv",
        "input/data/train/c.csv": "data/train/c.csv",
        "input/data/single/one.csv": "one.csv",
    }
    assert json.loads(files["input/config/hyperparameters.json"]) == {"rounds": "5"}
    channels = json.loads(files["input/config/inputdataconfig.json"])
    assert channels["train"]["ContentType"] == "text/csv"
    assert channels["single"]["TrainingInputMode"] == "FastFile"
    resources = json.loads(files["input/config/resourceconfig.json"])
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])
    assert environment["TRAINING_JOB_NAME"] == "job"
    assert environment["TRAINING_JOB_ARN"] == "arn:aws:sagemaker:eu-west-1:123456789012:training-job/job"
    assert (environment["MINE"], environment["AWS_ENDPOINT_URL"]) == ("yes", "http://127.0.0.1:1")
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert files["checkpoints/old"] == "epoch 1"
    assert workplace.s3.objects["bucket", "points/last"] == b"epoch 2"
    assert result.metrics == []


def test_an_entry_point_of_the_job_s_own_is_run(workplace: Workplace) -> None:
    workplace.s3.objects["bucket", "code/mine.py"] = b"import sys; print(sys.argv[1:])"
    own = {"ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/mine.py"], "ContainerArguments": ["--x", "1"]}
    code = [channel("code", "s3://bucket/code/")]
    result = workplace.runner.run(request(InputDataConfig=code, AlgorithmSpecification=own))
    assert (result.status, result.log.read_text()) == ("Completed", "['--x', '1']\n")


def test_arguments_of_the_job_s_own_replace_train(workplace: Workplace) -> None:
    image = workplace.program("import sys; print(sys.argv[1:])")
    for algorithm, given in (({}, ["train"]), ({"ContainerArguments": ["fit"]}, ["fit"])):
        result = workplace.runner.run(request(image, AlgorithmSpecification=algorithm))
        assert result.log.read_text() == f"{given}\n"


def test_last_value_of_a_metric_counts(workplace: Workplace) -> None:
    image = workplace.program("print('loss=3.5 loss=2.5'); print('loss=1.25'); print('done')")
    algorithm = {"MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\d+\.\d+)"}]}
    result = workplace.runner.run(request(image, AlgorithmSpecification=algorithm))
    assert [(metric["MetricName"], metric["Value"]) for metric in result.metrics] == [("loss", 1.25)]


def test_failing_job_gives_the_containers_reason(workplace: Workplace) -> None:
    result = workplace.runner.run(request(HyperParameters={"dataset": "iris"}))
    assert result.status == "Failed"
    assert result.failure_reason == (
        "AlgorithmError: 1 mistake in the hyperparameters: dataset must be one of "
        "breast-cancer, diabetes, digits, got 'iris', exit code: 1"
    )
    assert result.model_artifacts_url is None


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('so long'); raise SystemExit(7)", "AlgorithmError: so long, exit code: 7"),
        ("import os; os.kill(os.getpid(), 9)", "AlgorithmError: , exit code: 137"),
        (
            "import os; open(os.environ['SAGEMAKER_BASE_DIR'] + '/output/failure', 'w').write('x' * 5000); exit(1)",
            "AlgorithmError: " + "x" * 994 + ", exit code: 1",
        ),
    ],
)
def test_exit_code_and_last_words_make_a_reason(workplace: Workplace, program: str, reason: str) -> None:
    assert workplace.runner.run(request(workplace.program(program))).failure_reason == reason


def reading(**members: Any) -> dict[str, Any]:
    return {"InputDataConfig": [channel("train", "s3://bucket/x", **members)]}


FILE_SYSTEM = {"FileSystemId": "fs-01234567", "FileSystemType": "EFS", "FileSystemAccessMode": "ro"}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (reading(S3DataType="Converse"), "InputDataConfig[0] with S3DataType Converse"),
        (
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "train",
                        "DataSource": {"FileSystemDataSource": {**FILE_SYSTEM, "DirectoryPath": "/rows"}},
                    }
                ]
            },
            "InputDataConfig[0].DataSource other than S3DataSource",
        ),
        (reading(), "Data download failed: no S3 objects found under s3://bucket/x"),
        (reading(InputMode="Pipe"), "Data download failed: no S3 objects found under s3://bucket/x"),
        (reading(S3DataType="ManifestFile"), "s3://bucket/x cannot be read"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://b", "CompressionType": "NONE"}}, "CompressionType NONE"),
        (
            request(AlgorithmSpecification={"MetricDefinitions": [{"Name": "m", "Regex": "("}]}),
            "the regular expression of metric m",
        ),
        (
            request(AlgorithmSpecification={"ContainerEntrypoint": ["bash", "-c", "true"]}),
            "ContainerEntrypoint that does not start python (bash)",
        ),
        (
            request("683313688378.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"),
            "xgboost:1 was not built in this emulator",
        ),
    ],
)
def test_what_cannot_run_here_fails_honestly(workplace: Workplace, members: dict[str, Any], reason: str) -> None:
    result = workplace.runner.run(request() | members)
    assert result.status == "Failed"
    assert result.failure_reason is not None
    assert result.failure_reason.startswith("ClientError: ")
    assert reason in result.failure_reason


def test_every_reason_is_given_at_once(workplace: Workplace) -> None:
    output = {"OutputDataConfig": {"S3OutputPath": "s3://b", "CompressionType": "NONE"}}
    members: dict[str, Any] = reading(S3DataType="Converse") | output
    reason = workplace.runner.run(request() | members).failure_reason or ""
    assert all(part in reason for part in ("Converse", "CompressionType NONE"))


def put(workplace: Workplace, **contents: bytes) -> None:
    for key, content in contents.items():
        workplace.s3.objects["bucket", key.replace("__", "/")] = content


def test_a_manifest_names_the_files_of_a_channel(workplace: Workplace) -> None:
    put(workplace, rows__a=b"a", rows__deep__b=b"b", rows__c=b"c", other=b"other")
    put(workplace, list=json.dumps([{"prefix": "s3://bucket/rows/"}, "a", "deep/b"]).encode())
    asked = request(
        workplace.program(REPORT),
        InputDataConfig=[channel("train", "s3://bucket/list", S3DataType="ManifestFile")],
        CheckpointConfig={"S3Uri": "s3://bucket/points"},
    )
    result = workplace.runner.run(asked)
    assert result.status == "Completed", result.failure_reason
    files = json.loads(workplace.archive("job", "model.tar.gz")["seen.json"])["files"]
    assert {name: text for name, text in files.items() if "/data/" in name} == {
        "input/data/train/a": "a",
        "input/data/train/deep/b": "b",
    }


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (b"rows/a", "is no manifest"),
        (json.dumps([{"prefix": "s3://bucket/"}, "../escaped"]).encode(), "would be written outside its folder"),
        (json.dumps([{"prefix": "s3://bucket/"}]).encode(), "no S3 objects found under s3://bucket/list"),
        (json.dumps([{"prefix": "s3://bucket/"}, "absent"]).encode(), "s3://bucket/absent cannot be read"),
    ],
)
def test_a_manifest_that_names_no_files_fails_the_job(workplace: Workplace, listed: bytes, reason: str) -> None:
    put(workplace, list=listed)
    asked = request(InputDataConfig=[channel("train", "s3://bucket/list", S3DataType="ManifestFile")])
    assert reason in (workplace.runner.run(asked).failure_reason or "")


PIPES = program("pipes/__main__.py")
LINES = b"""\
{"image-ref": "s3://bucket/images/1", "label": "cat", "box": [1, 2]}
{"image-ref": "s3://bucket/images/2", "label": 7, "box": {"x": 1}}
"""


def piped(workplace: Workplace, *channels: dict[str, Any]) -> dict[str, bytes]:
    """What a job that reads two epochs of its channels has read."""
    result = workplace.runner.run(request(workplace.program(PIPES), InputDataConfig=[*channels]))
    assert result.status == "Completed", result.failure_reason or result.log.read_text()
    assert not list((workplace.folder / "jobs" / "job" / "opt/ml/input/data").iterdir())
    return workplace.archive("job", "model.tar.gz")


def test_pipes_hold_all_objects_again_in_each_epoch(workplace: Workplace) -> None:
    put(workplace, rows__a=b"1,2\n", rows__b=b"3,4\n", packed__a=gzip.compress(b"5,6\n"))
    put(workplace, list=json.dumps([{"prefix": "s3://bucket/rows/"}, "b"]).encode())
    read = piped(
        workplace,
        channel("train", "s3://bucket/rows/", InputMode="Pipe"),
        channel("train_2", "s3://bucket/list", InputMode="Pipe", S3DataType="ManifestFile"),
        channel("packed", "s3://bucket/packed/", InputMode="Pipe", CompressionType="Gzip"),
    )
    assert read == {
        **{f"train_{epoch}": b"1,2\n3,4\n" for epoch in (0, 1)},
        **{f"train_2_{epoch}": b"3,4\n" for epoch in (0, 1)},
        **{f"packed_{epoch}": b"5,6\n" for epoch in (0, 1)},
    }


def test_a_seed_shuffles_each_epoch_in_another_way(workplace: Workplace) -> None:
    put(workplace, **{f"rows__{number}": b"%d" % number for number in range(9)})
    asked = channel("train", "s3://bucket/rows/", InputMode="Pipe", ShuffleConfig={"Seed": 3})
    read = piped(workplace, asked)
    orders = {b"012345678", read["train_0"], read["train_1"]}
    assert len(orders) == 3
    assert {bytes(sorted(order)) for order in orders} == {b"012345678"}


def test_an_augmented_manifest_streams_what_its_attributes_name(workplace: Workplace) -> None:
    put(workplace, images__1=b"first", images__2=b"second", lines=LINES)
    given = {"S3DataType": "AugmentedManifestFile", "InputMode": "Pipe"}
    read = piped(
        workplace,
        channel("plain", "s3://bucket/lines", AttributeNames=["label", "box", "image-ref"], **given),
        channel(
            "records",
            "s3://bucket/lines",
            AttributeNames=["image-ref", "label"],
            RecordWrapperType="RecordIO",
            **given,
        ),
    )
    assert read["plain_0"] == read["plain_1"] == b'cat[1, 2]first7{"x": 1}second'
    header = (0xCED7230A).to_bytes(4, "little")
    assert read["records_0"] == b"".join(
        header + len(part).to_bytes(4, "little") + part + b"\0" * (-len(part) % 4)
        for part in (b"first", b"cat", b"second", b"7")
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (b"no json\n", "s3://bucket/lines has a line without the attributes label: no json"),
        (b'{"labels": 1}\n', "s3://bucket/lines has a line without the attributes label"),
        (b'{"label": "x"}\n[]\n', "s3://bucket/lines has a line without the attributes label: []"),
    ],
)
def test_a_line_without_its_attributes_fails_the_job(workplace: Workplace, lines: bytes, reason: str) -> None:
    put(workplace, lines=lines, other=b"x")
    given = {"S3DataType": "AugmentedManifestFile", "InputMode": "Pipe", "AttributeNames": ["label"]}
    channels = [
        channel("other", "s3://bucket/other", InputMode="Pipe"),
        channel("train", "s3://bucket/lines", **given),
    ]
    assert reason in (workplace.runner.run(request(InputDataConfig=channels)).failure_reason or "")


def test_a_job_that_leaves_its_pipes_alone_ends(workplace: Workplace) -> None:
    put(workplace, rows=b"x" * 1_000_000)
    text = "import os; open(os.environ['SAGEMAKER_BASE_DIR'] + '/input/data/half_0', 'rb').read(10)"
    channels = [channel(name, "s3://bucket/rows", InputMode="Pipe") for name in ("half", "unread")]
    assert workplace.runner.run(request(workplace.program(text), InputDataConfig=channels)).status == "Completed"


def test_key_that_leaves_its_folder_is_refused(workplace: Workplace) -> None:
    workplace.s3.objects["bucket", "data/../../../escaped"] = b"x"
    result = workplace.runner.run(request(InputDataConfig=[channel("train", "s3://bucket/data/")]))
    assert "would be written outside its folder" in (result.failure_reason or "")
    assert not list(workplace.folder.rglob("escaped"))


def in_thread(work: Callable[[], TrainingResult]) -> tuple[threading.Thread, list[TrainingResult]]:
    results: list[TrainingResult] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def wait_for_text(path: Path, text: str) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if path.exists() and text in path.read_text():
            return
        time.sleep(0.02)
    pytest.fail(f"{path} never said {text}")


def test_stopped_job_keeps_its_model_so_far(workplace: Workplace) -> None:
    image = workplace.program(WAIT)
    thread, results = in_thread(lambda: workplace.runner.run(request(image)))
    wait_for_text(workplace.folder / "jobs" / "job" / "log.txt", "waiting")
    workplace.runner.stop("job")
    thread.join(300)
    assert (results[0].status, results[0].secondary_status) == ("Stopped", "Stopped")
    assert results[0].model_artifacts_url is not None
    assert "partial" in workplace.archive("job", "model.tar.gz")


def test_job_that_ignores_sigterm_is_killed(workplace: Workplace) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('waiting', flush=True); time.sleep(300)"
    image = workplace.program(deaf)
    workplace.runner = TrainingRunner(
        images=workplace.images, directory=workplace.folder / "jobs", s3=workplace.s3, stop_grace_seconds=0.2
    )
    thread, results = in_thread(lambda: workplace.runner.run(request(image)))
    wait_for_text(workplace.folder / "jobs" / "job" / "log.txt", "waiting")
    pid = int((workplace.folder / "jobs" / "job" / "pid").read_text())
    workplace.runner.stop("job")
    thread.join(300)
    assert results[0].status == "Stopped"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_job_over_its_time_is_stopped(workplace: Workplace) -> None:
    result = workplace.runner.run(request(workplace.program(WAIT), StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (result.status, result.secondary_status) == ("Stopped", "MaxRuntimeExceeded")


def test_children_of_a_finished_job_do_not_stay(workplace: Workplace) -> None:
    program = "import subprocess; print(subprocess.Popen(['sleep', '300']).pid, flush=True)"
    result = workplace.runner.run(request(workplace.program(program)))
    child = int(result.log.read_text())
    end = time.monotonic() + 300
    while time.monotonic() < end and Path(f"/proc/{child}/stat").exists():
        if Path(f"/proc/{child}/stat").read_text().split(") ")[1][0] == "Z":
            return
        time.sleep(0.02)
    with pytest.raises(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def test_a_job_stopped_before_it_begins_does_not_run(workplace: Workplace) -> None:
    asked = request(workplace.program("print('ran')"))
    workplace.runner.stop("job")
    assert workplace.runner.run(asked).status == "Stopped"
    again = workplace.runner.run(asked)
    assert (again.status, again.log.read_text()) == ("Completed", "ran\n")


HOSTS = program("machines/__main__.py")


def several(workplace: Workplace, **members: Any) -> TrainingResult:
    """Run a job on two machines, with one channel split between them."""
    for key in "abc":
        workplace.s3.objects["bucket", f"rows/{key}"] = key.encode()
    part = channel("part", "s3://bucket/rows/")
    part["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    asked = request(
        workplace.program(HOSTS),
        InputDataConfig=[part, channel("all", "s3://bucket/rows/")],
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1},
        **members,
    )
    return workplace.runner.run(asked)


def test_machines_share_out_what_is_sharded_and_leave_one_model(workplace: Workplace) -> None:
    definitions = [{"Name": "rows", "Regex": "rows=([0-9])"}]
    result = several(workplace, AlgorithmSpecification={"MetricDefinitions": definitions})
    assert result.status == "Completed", result.failure_reason
    model = workplace.archive("job", "model.tar.gz")
    first, second = (json.loads(model[f"algo-{number}.json"]) for number in (1, 2))
    assert (first.pop("part"), second.pop("part")) == (["a", "c"], ["b"])
    assert first == second == {"hosts": ["algo-1", "algo-2"], "all": ["a", "b", "c"]}
    assert model["same"] == b"algo-1"
    assert [metric["Value"] for metric in result.metrics] == [2.0]


def test_groups_of_machines_get_their_own_channels(workplace: Workplace) -> None:
    for key in "abc":
        workplace.s3.objects["bucket", f"rows/{key}"] = key.encode()
    part, whole = channel("part", "s3://bucket/rows/"), channel("all", "s3://bucket/rows/")
    part["DataSource"]["S3DataSource"] |= {
        "S3DataDistributionType": "ShardedByS3Key",
        "InstanceGroupNames": ["small", "large"],
    }
    whole["DataSource"]["S3DataSource"]["InstanceGroupNames"] = ["small"]
    types = {"large": ("ml.m5.xlarge", 1), "small": ("ml.m5.large", 2)}
    groups = [
        {"InstanceGroupName": name, "InstanceType": type_, "InstanceCount": count}
        for name, (type_, count) in types.items()
    ]
    asked = request(
        workplace.program(program("groups/__main__.py")),
        InputDataConfig=[part, whole],
        ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 1},
    )
    result = workplace.runner.run(asked)
    assert result.status == "Completed", result.failure_reason
    model = workplace.archive("job", "model.tar.gz")
    seen = [json.loads(model[f"algo-{number}.json"]) for number in (1, 2, 3)]
    assert [each["group"] for each in seen] == ["large", "small", "small"]
    assert [each["type"] for each in seen] == ["ml.m5.xlarge", "ml.m5.large", "ml.m5.large"]
    assert [each["channels"] for each in seen] == [
        {"part": ["a"]},
        {"part": ["b"], "all": ["a", "b", "c"]},
        {"part": ["c"], "all": ["a", "b", "c"]},
    ]
    assert all(each["groups"] == {"large": ["algo-1"], "small": ["algo-2", "algo-3"]} for each in seen)


def test_a_machine_that_fails_ends_the_job_with_its_reason(workplace: Workplace) -> None:
    result = several(workplace, Environment={"FAILING": "algo-2"})
    assert (result.status, result.model_artifacts_url) == ("Failed", None)
    assert result.failure_reason == "AlgorithmError: no luck on algo-2, exit code: 2"
