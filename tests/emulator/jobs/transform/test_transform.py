"""Transform jobs: a real container's process between objects and objects."""

import gzip
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import ImageStore
from emulator.jobs.transform.runner import TransformResult, TransformRunner
from harness.containers.memory_s3 import MemoryS3
from harness.containers.programs import program
from harness.containers.tabular_image import build_program, image_store

PROGRAM = program("lines/__main__.py")
IMAGE = "transform:1"
CSV_LINES: dict[str, Any] = {"ContentType": "text/csv", "SplitType": "Line"}
JSON_LINES: dict[str, Any] = {"ContentType": "application/jsonlines", "SplitType": "Line"}


@dataclass
class Workplace:
    runner: TransformRunner
    images: ImageStore
    s3: MemoryS3
    folder: Path

    def put(self, **contents: bytes | str) -> None:
        """Objects below `in/`; `_` in a name stands for the dot."""
        for name, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            self.s3.objects["bucket", f"in/{name.replace('_', '.')}"] = data

    def run(
        self,
        given: Mapping[str, Any] = CSV_LINES,
        output: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        source: Mapping[str, str] | None = None,
        pipeline: Mapping[str, Any] | None = None,
        **members: Any,
    ) -> TransformResult:
        request = {
            "TransformJobName": "job",
            "ModelName": "model",
            "TransformInput": {
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in", **(source or {})}
                },
                **given,
            },
            "TransformOutput": {"S3OutputPath": "s3://bucket/out/", "AssembleWith": "Line", **(output or {})},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **members,
        }
        model = {"PrimaryContainer": {"Image": IMAGE, "Environment": dict(environment or {})}}
        return self.runner.run(request, pipeline or model)

    @property
    def written(self) -> dict[str, str]:
        return {
            key.removeprefix("out/"): content.decode()
            for (_, key), content in self.s3.objects.items()
            if key.startswith("out/")
        }

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "jobs" / "job" / "log.txt").read_text().splitlines()]


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    images, s3 = image_store(tmp_path / "root"), MemoryS3()
    build_program(images, tmp_path / "context", PROGRAM, IMAGE)
    return Workplace(TransformRunner(images=images, directory=tmp_path / "jobs", s3=s3), images, s3, tmp_path)


def test_each_object_has_its_output_below_the_output_path(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n22\n", c_csv="333")
    workplace.s3.objects["bucket", "in/deep/b.csv"] = b"4444\r\n\r\n5"
    workplace.s3.objects["bucket", "inside.csv"] = b"1"
    result = workplace.run()
    assert (result.status, result.failure_reason) == ("Completed", None)
    assert workplace.written == {
        "a.csv.out": "1,2\n2,2\n",
        "c.csv.out": "3,1\n",
        "deep/b.csv.out": "4,2\n1,2\n",
        "inside.csv.out": "1,1\n",
    }


def test_a_manifest_names_the_objects(workplace: Workplace) -> None:
    workplace.put(a_csv="1", b_csv="22", c_csv="333")
    manifest = [{"prefix": "s3://bucket/in/"}, "c.csv", "a.csv"]
    workplace.s3.objects["bucket", "list.manifest"] = json.dumps(manifest).encode()
    source = {"S3DataType": "ManifestFile", "S3Uri": "s3://bucket/list.manifest"}
    assert workplace.run(source=source).status == "Completed"
    assert workplace.written == {"a.csv.out": "1,1\n", "c.csv.out": "3,1\n"}


def test_without_a_split_the_object_is_one_request(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n22\n")
    assert workplace.run({"ContentType": "text/csv"}, {"AssembleWith": "None"}).status == "Completed"
    assert [request["body"] for request in workplace.requests] == ["1\n22\n"]
    assert workplace.written == {"a.csv.out": "1,2\n2,2\n"}


def test_compressed_input_is_unpacked(workplace: Workplace) -> None:
    workplace.put(a_csv=gzip.compress(b"1\n22"))
    assert workplace.run({**CSV_LINES, "CompressionType": "Gzip"}).status == "Completed"
    assert workplace.written == {"a.csv.out": "1,2\n2,2\n"}
    workplace.put(a_csv="1\n22")
    reason = workplace.run({**CSV_LINES, "CompressionType": "Gzip"}).failure_reason or ""
    assert "not compressed by gzip" in reason


def test_single_record_asks_for_each_line(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n22\n333\n")
    workplace.run(BatchStrategy="SingleRecord")
    assert [request["body"] for request in workplace.requests] == ["1", "22", "333"]
    assert workplace.written == {"a.csv.out": "1,1\n2,1\n3,1\n"}


def test_a_request_holds_as_many_records_as_fit(workplace: Workplace) -> None:
    line = "x" * 499_999
    workplace.put(a_csv=f"{line}\n" * 5)
    workplace.run(MaxPayloadInMB=1)
    assert [len(request["body"]) for request in workplace.requests] == [999_999, 999_999, 499_999]
    assert workplace.written["a.csv.out"] == "499999,2\n" * 4 + "499999,1\n"


def test_a_record_over_the_payload_fails_its_object(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n" + "x" * 1_048_577, b_csv="1")
    result = workplace.run(MaxPayloadInMB=1)
    assert result.status == "Failed"
    assert "s3://bucket/in/a.csv: record 2 is larger than MaxPayloadInMB (1 MB)" in (result.failure_reason or "")
    assert workplace.written == {"b.csv.out": "1,1\n"}


def test_payload_zero_is_sent_in_chunks_without_a_limit(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n" + "x" * 7_000_000)
    assert workplace.run(MaxPayloadInMB=0).status == "Completed"
    [request] = workplace.requests
    assert (request["chunked"], len(request["body"])) == (True, 7_000_002)


def test_requests_are_made_together(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n22\n333\n")
    together = {"TOGETHER": "3"}
    workplace.run(BatchStrategy="SingleRecord", MaxConcurrentTransforms=3, Environment=together)
    assert max(request["together"] for request in workplace.requests) == 3
    assert workplace.written == {"a.csv.out": "1,1\n2,1\n3,1\n"}


def test_the_container_knows_the_job_s_settings(workplace: Workplace) -> None:
    workplace.put(a_csv="1")
    workplace.run(
        output={"Accept": "text/csv"},
        environment={"MINE": "model"},
        BatchStrategy="SingleRecord",
        MaxPayloadInMB=2,
        MaxConcurrentTransforms=5,
        Environment={"MINE": "job"},
    )
    [request] = workplace.requests
    batch = request["batch"]
    assert {name: batch[name] for name in batch if "BIND" not in name and "DIR" not in name} == {
        "MINE": "job",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "5",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "2",
    }
    assert (request["type"], request["accept"]) == ("text/csv", "text/csv")


def test_the_container_s_wishes_fill_what_the_request_leaves_open(workplace: Workplace) -> None:
    workplace.put(a_csv="1\n22")
    wishes = {"BatchStrategy": "SINGLE_RECORD", "MaxConcurrentTransforms": 2, "MaxPayloadInMB": 1}
    environment = {"WISHES": json.dumps(wishes), "TOGETHER": "2"}
    workplace.run(environment=environment)
    assert [request["together"] for request in workplace.requests] == [2, 2]
    assert not [name for name in workplace.requests[0]["batch"] if name.startswith("SAGEMAKER_MAX")]
    workplace.run(environment={"WISHES": json.dumps(wishes)}, BatchStrategy="MultiRecord", MaxConcurrentTransforms=1)
    assert [request["body"] for request in workplace.requests] == ["1\n22"]


def test_csv_rows_are_filtered_and_joined(workplace: Workplace) -> None:
    workplace.put(a_csv='7,"a,b",xyz\n8,c,z\n')
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,1,-2]"}
    workplace.run(output={"Accept": "text/csv"}, DataProcessing=processing)
    assert [request["body"] for request in workplace.requests] == ['"a,b",xyz\nc,z']
    assert workplace.written == {"a.csv.out": '7,"a,b",9\n8,c,3\n'}


def test_join_appends_all_columns(workplace: Workplace) -> None:
    workplace.put(a_csv="7,a\n8,b\n")
    workplace.run(BatchStrategy="SingleRecord", DataProcessing={"JoinSource": "Input"})
    assert workplace.written == {"a.csv.out": "7,a,3,1\n8,b,3,1\n"}


def test_json_lines_are_filtered_and_joined(workplace: Workplace) -> None:
    workplace.put(a_jsonl='{"id": 1, "features": [1, 2]}\n{"id": 2, "features": [10, 20]}\n')
    processing = {
        "InputFilter": "$.features",
        "JoinSource": "Input",
        "OutputFilter": "$['id','SageMakerOutput']",
    }
    workplace.run(JSON_LINES, {"Accept": "application/jsonlines"}, DataProcessing=processing)
    assert [request["body"] for request in workplace.requests] == ["[1, 2]\n[10, 20]"]
    assert [json.loads(line) for line in workplace.written["a.jsonl.out"].splitlines()] == [
        {"id": 1, "SageMakerOutput": {"score": 6}},
        {"id": 2, "SageMakerOutput": {"score": 8}},
    ]


def stage(name: str, **environment: str) -> dict[str, Any]:
    return {"ContainerHostname": name, "Image": IMAGE, "Environment": environment}


def test_a_pipeline_s_containers_work_one_after_the_other(workplace: Workplace) -> None:
    workplace.put(a_csv="7,abcdef\n8,ab\n")
    wishes = '{"BatchStrategy": "SINGLE_RECORD"}'
    stages = [stage("prepare", MINE="1", WISHES=wishes), stage("predict", MINE="2"), {"Image": IMAGE}]
    result = workplace.run(
        pipeline={"Containers": stages, "InferenceExecutionConfig": {"Mode": "Serial"}},
        output={"Accept": "text/csv"},
        DataProcessing={"InputFilter": "$[1]", "JoinSource": "Input", "OutputFilter": "$[0,-2]"},
    )
    assert (result.status, result.failure_reason) == ("Completed", None)
    asked = [(request["batch"].get("MINE"), request["body"]) for request in workplace.requests]
    assert asked == [("1", "abcdef"), ("2", "6,1\n"), (None, "3,1\n"), ("1", "ab"), ("2", "2,1\n"), (None, "3,1\n")]
    assert all(request["batch"]["SAGEMAKER_BATCH"] == "true" for request in workplace.requests)
    assert workplace.written == {"a.csv.out": "7,3\n8,3\n"}


def test_a_pipeline_s_failure_names_the_container(workplace: Workplace) -> None:
    workplace.put(a_csv="refuse", b_csv="1")
    result = workplace.run(pipeline={"Containers": [stage("prepare"), stage("predict")]})
    assert result.failure_reason == "AlgorithmError: s3://bucket/in/a.csv: prepare: HTTP 400: no such row"
    assert workplace.written == {"b.csv.out": "3,1\n"}


def test_json_that_is_no_object_is_joined_under_its_own_key(workplace: Workplace) -> None:
    workplace.put(a_json="[1, 2]")
    processing = {"JoinSource": "Input"}
    workplace.run({"ContentType": "application/json"}, {"Accept": "application/json"}, DataProcessing=processing)
    assert json.loads(workplace.written["a.json.out"]) == {"SageMakerInput": [1, 2], "SageMakerOutput": {"rows": 1}}


def test_an_answer_with_too_few_records_fails(workplace: Workplace) -> None:
    workplace.put(a_csv="short\nlonger\n")
    result = workplace.run(DataProcessing={"JoinSource": "Input"})
    assert "the model answered 1 records to 2" in (result.failure_reason or "")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"DataProcessing": {"OutputFilter": "$[9]"}}, "index 9 is not within the 2 elements"),
        ({"DataProcessing": {"OutputFilter": "$..x"}}, "no operator that batch transform supports"),
        ({"given": {"ContentType": "text/plain"}, "DataProcessing": {"JoinSource": "Input"}}, "not 'text/plain'"),
        ({"given": {"SplitType": "RecordIO"}}, "does not run transform jobs with SplitType RecordIO"),
        ({"source": {"S3Uri": "s3://bucket/none"}}, "no S3 objects found under s3://bucket/none"),
        ({"source": {"S3DataType": "ManifestFile", "S3Uri": "s3://bucket/in/a.csv"}}, "is no manifest"),
        ({"environment": {"WISHES": '{"MaxConcurrentTransforms": 20}'}}, "20 concurrent transforms of 6 MB"),
    ],
)
def test_what_cannot_run_fails_with_its_reason(workplace: Workplace, members: dict[str, Any], reason: str) -> None:
    workplace.put(a_csv="1")
    result = workplace.run(**members)
    assert result.status == "Failed"
    assert reason in (result.failure_reason or "")
    assert workplace.written == {}


def test_a_refused_request_fails_its_object_only(workplace: Workplace) -> None:
    workplace.put(a_csv="1\nrefuse", b_csv="22")
    result = workplace.run()
    assert result.failure_reason == "AlgorithmError: s3://bucket/in/a.csv: HTTP 400: no such row"
    assert workplace.written == {"b.csv.out": "2,1\n"}
    assert len(workplace.requests) == 2


def test_a_server_error_is_tried_again(workplace: Workplace) -> None:
    workplace.put(a_csv="shaky")
    assert workplace.run(ModelClientConfig={"InvocationsMaxRetries": 0}).failure_reason is not None
    assert workplace.run(ModelClientConfig={"InvocationsMaxRetries": 1}).status == "Completed"


def test_a_container_that_dies_or_keeps_silent_fails_the_job(workplace: Workplace) -> None:
    workplace.put(a_csv="die")
    assert "the container ended with exit code 3" in (workplace.run().failure_reason or "")
    workplace.put(a_csv="wait")
    silent = workplace.run(ModelClientConfig={"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0})
    assert "no answer within 1 s" in (silent.failure_reason or "")


def test_a_job_is_stopped_in_the_middle_of_a_request(workplace: Workplace) -> None:
    workplace.put(a_csv="wait", b_csv="1")
    results: list[TransformResult] = []
    thread = threading.Thread(target=lambda: results.append(workplace.run()))
    thread.start()
    log = workplace.folder / "jobs" / "job" / "log.txt"
    end = time.monotonic() + 300
    while not (log.exists() and "wait" in log.read_text()) and time.monotonic() < end:
        time.sleep(0.02)
    workplace.runner.stop("job")
    thread.join(300)
    assert (results[0].status, results[0].failure_reason) == ("Stopped", None)
    assert workplace.written == {}
    workplace.runner.stop("never started")


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ({"PrimaryContainer": {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"}}, "was not built"),
        (
            {"Containers": [{"Image": IMAGE}] * 2, "InferenceExecutionConfig": {"Mode": "Direct"}},
            "containers that callers choose directly",
        ),
        ({"Containers": [{"Image": IMAGE}, {"Image": IMAGE, "Mode": "MultiModel"}]}, "model.tar.gz only"),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}}, "one image and model.tar.gz only"),
        ({"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://bucket/none.tar.gz"}}, "model data archive"),
    ],
)
def test_a_model_that_does_not_run_here_is_not_pretended(
    workplace: Workplace, model: dict[str, Any], reason: str
) -> None:
    workplace.put(a_csv="1")
    request = {
        "TransformJobName": "job",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
    }
    result = workplace.runner.run(request, model)
    assert result.status == "Failed"
    assert reason in (result.failure_reason or "")
