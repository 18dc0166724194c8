"""A training program of a user's own, packed by the construct and run by the tabular image in the embedded AWS."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from emulator.jobs.training.runner import TrainingResult, TrainingRunner
from harness.aws_clients import ROLE
from harness.containers.memory_s3 import MemoryS3
from harness.containers.tabular_image import TABULAR_URI, image_store
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.training.source_code import SourceCode
from sagemaker_constructs.training.training_definition import TrainingDefinition

TRAIN = """
import argparse, json, os, pathlib

import lightgbm
import numpy

import helper

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, required=True)
parser.add_argument("--fast", action="store_true")
given = parser.parse_args()
rows = numpy.loadtxt(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.csv", delimiter=",")
data = lightgbm.Dataset(rows[:, :-1], rows[:, -1])
model = lightgbm.train({"objective": "regression", "verbose": -1}, data, num_boost_round=given.rounds)
model.save_model(pathlib.Path(os.environ["SM_MODEL_DIR"]) / "model.txt")
hyperparameters = json.loads(os.environ["SM_HPS"])
told = {"fast": given.fast, "help": helper.WORD, "here": sorted(os.listdir()), "hps": hyperparameters}
pathlib.Path(os.environ["SM_MODEL_DIR"], "told.json").write_text(json.dumps(told))
print(f"rounds={model.current_iteration()}")
"""


class Place:
    """Where programs are written, packed and run."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "program"
        self.program.mkdir()
        self.s3 = MemoryS3()
        self._folder = folder
        self._runner = TrainingRunner(images=image_store(folder / "root"), directory=folder / "jobs", s3=self.s3)

    def run(self, source: SourceCode, **given: Any) -> TrainingResult:
        """Synthesize a definition, publish its asset and run it."""
        app = App(outdir=str(self._folder / "out"))
        stack = Stack(app, "Stack")
        bucket = s3.Bucket.from_bucket_name(stack, "Out", "bucket")
        image = ModelImage.from_directory("tests/unit/image")
        definition = TrainingDefinition(
            stack, "Training", image=image, output=bucket, instance_type="ml.m5.large", source=source, **given
        )
        request: dict[str, Any] = {**definition.request}
        app.synth()
        [archive] = (self._folder / "out").glob("asset.*.zip")
        name = Path(request["AlgorithmSpecification"]["ContainerEntrypoint"][1]).name
        self.s3.objects["assets", name] = archive.read_bytes()
        code = {"S3DataType": "S3Prefix", "S3Uri": f"s3://assets/{name}"}
        rows = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows"}
        request |= {
            "TrainingJobName": "job",
            "RoleArn": ROLE,
            "AlgorithmSpecification": {**request["AlgorithmSpecification"], "TrainingImage": TABULAR_URI},
            "InputDataConfig": [
                {"ChannelName": "train", "DataSource": {"S3DataSource": rows}},
                {**request["InputDataConfig"][-1], "DataSource": {"S3DataSource": code}},
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        }
        return self._runner.run(request)

    def model(self) -> dict[str, bytes]:
        """What the job has left."""
        content = self.s3.objects["bucket", "out/job/output/model.tar.gz"]
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
            return {name: stream.read() for name, stream in members.items() if stream}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.s3.objects["bucket", "rows/rows.csv"] = b"\n".join(b"%d,%d" % (n, n % 7) for n in range(200))
    return place


def test_a_script_for_aws_s_images_trains_in_one_of_ours(place: Place) -> None:
    (place.program / "train.py").write_text(TRAIN)
    (place.program / "helper.py").write_text("WORD = 'helped'")
    source = SourceCode(place.program, "train.py")
    result = place.run(
        source,
        hyperparameters={"rounds": "7"},
        arguments=["--fast"],
        metric_definitions={"rounds": "rounds=([0-9]+)"},
    )
    assert result.status == "Completed", result.log.read_text()
    assert [metric["Value"] for metric in result.metrics] == [7.0]
    told = json.loads(place.model()["told.json"])
    assert (told["fast"], told["help"], told["hps"]) == (True, "helped", {"rounds": "7"})
    assert [name for name in told["here"] if name.endswith(".py")] == ["helper.py", "train.py"]
    assert place.model()["model.txt"].startswith(b"tree")


def test_a_command_is_run_in_the_folder_of_the_code(place: Place) -> None:
    (place.program / "run.sh").write_text('#!/bin/sh\ncp "$SM_CHANNEL_TRAIN/rows.csv" "$SM_MODEL_DIR/$1"\n')
    (place.program / "run.sh").chmod(0o755)
    result = place.run(SourceCode(place.program, command=["./run.sh", "copied"]), environment={"SM_MODEL_DIR": "."})
    assert (result.status, result.model_artifacts_url) == ("Completed", None), result.log.read_text()
    assert place.run(SourceCode(place.program, command=["./run.sh", "copied"])).status == "Completed"
    assert place.model()["copied"].startswith(b"0,0\n1,1\n")


def test_an_exception_is_the_job_s_reason(place: Place) -> None:
    (place.program / "train.py").write_text("raise ValueError('no such column: churned')")
    result = place.run(SourceCode(place.program, "train.py"))
    assert result.failure_reason == "AlgorithmError: ValueError: no such column: churned, exit code: 1"
    assert "Traceback" in result.log.read_text()


def test_requirements_without_a_pip_fail_with_the_reason(place: Place) -> None:
    (place.program / "train.py").write_text("")
    (place.program / "requirements.txt").write_text("./absent-package\n")
    source = SourceCode(place.program, "train.py", requirements="requirements.txt")
    result = place.run(source, network_isolation=False)
    assert "requirements.txt cannot be installed: pip ended with the code 1" in (result.failure_reason or "")
