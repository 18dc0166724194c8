"""Processing jobs over boto3, with the tabular image's real scripts: preprocess, then train, then evaluate."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import AWS_IMAGE, ROLE, Clients, refused, wait_for
from harness.containers.programs import program

BUCKET = "processed"
CODE = "/opt/ml/processing/input/code"
RUNNING = ("InProgress", "Stopping")
END_OF_JOB = {"S3UploadMode": "EndOfJob"}


def source(name: str, key: str, **members: str) -> dict[str, Any]:
    place = {"S3Uri": f"s3://{BUCKET}/{key}", "LocalPath": f"/opt/ml/processing/input/{name}"}
    return {"InputName": name, "S3Input": {**place, "S3DataType": "S3Prefix", "S3InputMode": "File", **members}}


def output(name: str, key: str, **members: str) -> dict[str, Any]:
    place = {"S3Uri": f"s3://{BUCKET}/{key}", "LocalPath": f"/opt/ml/processing/output/{name}"}
    return {"OutputName": name, "S3Output": {**place, **END_OF_JOB, **members}}


def request(name: str, specification: Mapping[str, Any], *places: Any, instances: int = 1, **members: Any) -> Any:
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": specification,
        "ProcessingInputs": [place for place in places if "InputName" in place],
        "ProcessingOutputConfig": {"Outputs": [place for place in places if "OutputName" in place]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": instances, "VolumeSizeInGB": 1}
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **members,
    }


class Jobs:
    def __init__(self, sagemaker: Any, s3: Any, image: str) -> None:
        self.sagemaker, self.s3, self.image = sagemaker, s3, image

    def start(self, name: str, arguments: list[str], *places: Any, **members: Any) -> None:
        specification = {"ImageUri": self.image, "ContainerArguments": arguments}
        self.sagemaker.create_processing_job(**request(name, specification, *places, **members))

    def run(self, name: str, arguments: list[str], *places: Any, **members: Any) -> Any:
        self.start(name, arguments, *places, **members)
        return self.ended(name)

    def script(self, name: str, text: str, *places: Any, arguments: tuple[str, ...] = (), **members: Any) -> Any:
        """Run a script of the user's as the container's entry point."""
        self.put(f"code/{name}/run.py", text)
        specification: dict[str, Any] = {
            "ImageUri": self.image,
            "ContainerEntrypoint": ["python3", f"{CODE}/run.py"],
            **({"ContainerArguments": list(arguments)} if arguments else {}),
        }
        code = source("code", f"code/{name}/")
        self.sagemaker.create_processing_job(**request(name, specification, code, *places, **members))
        return lambda: self.ended(name)

    def ended(self, name: str) -> Any:
        return wait_for(lambda: self.describe(name), lambda job: job["ProcessingJobStatus"] not in RUNNING)

    def describe(self, name: str) -> Any:
        return self.sagemaker.describe_processing_job(ProcessingJobName=name)

    def put(self, key: str, text: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def get(self, key: str) -> str:
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [each["Key"].removeprefix(prefix) for each in found]


@pytest.fixture(scope="module")
def jobs(sagemaker: Any, client: Clients, tabular_image: str) -> Jobs:
    client("s3").create_bucket(Bucket=BUCKET)
    return Jobs(sagemaker, client("s3"), tabular_image)


def test_rows_are_prepared_learnt_and_judged(jobs: Jobs) -> None:
    lines = [f"{number % 50},{number % 7},{'ab'[number % 50 > 24]}" for number in range(350)]
    jobs.put("raw/1.csv", "\n".join(["x,y,kind", *lines, lines[0], ""]))
    outputs = [output(name, f"rows/{name}") for name in ("train", "validation")]
    prepared = jobs.run("prepare", ["process", "preprocess", "--label", "kind"], source("data", "raw/"), *outputs)
    assert prepared["ProcessingJobStatus"] == "Completed", prepared
    assert prepared["ExitMessage"].startswith("kept 350 of 351 rows")
    assert prepared["ProcessingEndTime"] >= prepared["ProcessingStartTime"] >= prepared["CreationTime"]

    channels = [
        {
            "ChannelName": name,
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/{name}/"}},
        }
        for name in ("train", "validation")
    ]
    jobs.sagemaker.create_training_job(
        TrainingJobName="learn",
        RoleArn=ROLE,
        HyperParameters={"label": "kind"},
        AlgorithmSpecification={"TrainingImage": jobs.image, "TrainingInputMode": "File"},
        InputDataConfig=channels,
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    learnt = wait_for(
        lambda: jobs.sagemaker.describe_training_job(TrainingJobName="learn"),
        lambda job: job["TrainingJobStatus"] not in RUNNING,
    )
    assert learnt["TrainingJobStatus"] == "Completed", learnt

    model, rows = source("model", "models/learn/output/model.tar.gz"), source("data", "rows/validation/")
    judged = jobs.run("judge", ["process", "evaluate"], model, rows, output("evaluation", "report"))
    assert judged["ProcessingJobStatus"] == "Completed", judged
    report = json.loads(jobs.get("report/metrics.json"))
    assert report["binary_classification_metrics"]["accuracy"]["value"] > 0.9
    listed = jobs.sagemaker.list_processing_jobs(NameContains="judge", StatusEquals="Completed")
    assert [each["ProcessingJobName"] for each in listed["ProcessingJobSummaries"]] == ["judge"]
    assert "is in status Completed" in refused(jobs.sagemaker.stop_processing_job, ProcessingJobName="judge")[1]


SEEN = program("shares/script.py")


def test_machines_share_out_what_is_sharded(jobs: Jobs) -> None:
    for name in "abc":
        jobs.put(f"many/{name}", name)
    part, every = source("part", "many/", S3DataDistributionType="ShardedByS3Key"), source("all", "many/")
    job = jobs.script("shares", SEEN, part, every, output("seen", "seen"), instances=2, Environment={"MINE": "yes"})()
    assert job["ProcessingJobStatus"] == "Completed", job
    first, second = (json.loads(jobs.get(f"seen/algo-{number}.json")) for number in (1, 2))
    assert (first.pop("part"), second.pop("part")) == (["a", "c"], ["b"])
    assert first == second == {"hosts": ["algo-1", "algo-2"], "all": ["a", "b", "c"], "job": "shares", "mine": "yes"}


LITERAL = program("literal/script.py")


def test_a_script_writes_into_the_folders_of_its_job_and_nowhere_else(
    jobs: Jobs, emulator: RunningEmulator, tmp_path: Path
) -> None:
    jobs.put("one/row", "a row, ")
    places = tuple(str(path) for path in (tmp_path / "a", emulator.state / "b", Path.home() / "c"))
    written = output("own", "written")
    job = jobs.script("literal", LITERAL, source("data", "one/"), written, arguments=places)()
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Completed", ", ".join(["Read-only file system"] * 3))
    assert jobs.get("written/rows.csv") == "a row, mine"
    assert not any(Path(place).exists() for place in (*places, "/opt/ml", "/tmp/scratch"))


def test_a_failure_is_described_and_told(jobs: Jobs, client: Clients) -> None:
    sqs, events = client("sqs"), client("events")
    queue = sqs.create_queue(QueueName="processing")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {"ProcessingJobStatus": ["Failed"], "ProcessingJobName": ["mistaken"]},
    }
    events.put_rule(Name="processing", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="processing", Targets=[{"Id": "queue", "Arn": arn}])
    job = jobs.run("mistaken", ["process", "preprocess"], output("train", "never"))
    reason = "preprocess: the following arguments are required: --label"
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Failed", reason)
    assert job["FailureReason"] == f"AlgorithmError: {reason}, exit code: 1"
    assert jobs.keys("never") == []
    [message] = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []), bool)
    assert json.loads(message["Body"])["detail"]["ExitMessage"] == reason


WAITS = program("halts/script.py")


def test_a_stopped_job_keeps_what_it_uploads_continuously(jobs: Jobs) -> None:
    ended = jobs.script("halts", WAITS, output("early", "early", S3UploadMode="Continuous"), output("late", "late"))
    wait_for(lambda: jobs.keys("early/"), bool)
    assert jobs.describe("halts")["ProcessingJobStatus"] == "InProgress"
    jobs.sagemaker.stop_processing_job(ProcessingJobName="halts")
    job = ended()
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Stopped", "as far as I came")
    assert (jobs.get("early/rows.csv"), jobs.keys("late/")) == ("early", [])


def test_a_manifest_brings_what_it_lists_and_nothing_else(jobs: Jobs) -> None:
    for name in ("a", "b", "c"):
        jobs.put(f"listed/{name}.txt", name)
    jobs.put("lists/two", json.dumps([{"prefix": f"s3://{BUCKET}/"}, "listed/a.txt", "listed/c.txt"]))
    script = """
from pathlib import Path
found = sorted(str(each) for each in Path("/opt/ml/processing/input/data").rglob("*.txt"))
Path("/opt/ml/output").mkdir(exist_ok=True)
Path("/opt/ml/output/message").write_text(" ".join(found))
"""
    listed = source("data", "lists/two", S3DataType="ManifestFile")
    job = jobs.script("listed", script, listed)()
    folder = "/opt/ml/processing/input/data/listed"
    assert job["ExitMessage"] == f"{folder}/a.txt {folder}/c.txt", job


def test_a_job_over_its_time_is_stopped(jobs: Jobs) -> None:
    job = jobs.script("endless", "import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1})()
    assert job["ProcessingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("name", "specification", "places", "reason"),
    [
        ("foreign", {"ImageUri": AWS_IMAGE}, [], "was not built in this emulator"),
        ("nothing", {}, [source("data", "no-such-rows/")], "Data download failed: no S3 objects found under"),
        ("pipe", {}, [source("data", "raw/", S3InputMode="Pipe")], "ProcessingInputs[0] with S3InputMode Pipe"),
        ("manifest", {}, [source("data", "no-list", S3DataType="ManifestFile")], "no-list cannot be read"),
        ("elsewhere", {}, [output("o", "o", LocalPath="/tmp/o")], "Outputs[0] with LocalPath /tmp/o"),
        ("shell", {"ContainerEntrypoint": ["bash"]}, [], "ContainerEntrypoint that does not start python (bash)"),
    ],
)
def test_what_cannot_run_here_fails_honestly(
    jobs: Jobs, name: str, specification: dict[str, Any], places: list[Any], reason: str
) -> None:
    jobs.sagemaker.create_processing_job(**request(name, {"ImageUri": jobs.image, **specification}, *places))
    job = jobs.ended(name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason in job["FailureReason"]
