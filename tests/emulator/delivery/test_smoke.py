"""The smoke test, as the command that pipelines run, against endpoints of every kind."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import ROLE, Clients
from harness.deployed_stack import Stack, reference, resource, serving
from harness.documents import PROJECT

NAME = "smoked"
_ASYNC = {"OutputConfig": {"S3OutputPath": "s3://smoked/answers", "S3FailurePath": "s3://smoked/failures"}}
GOOD: dict[str, Any] = {
    "smoked/Endpoint": {"body": "1,2", "answers": '"mark": "plain"', "within_ms": 60_000},
    "smoked/Later": {
        "body": "3,4",
        "upload": "s3://smoked/asked/smoke",
        "answers": '"body": "3,4"',
        "within_seconds": 60,
    },
    "smoked/Part": {"body_file": "part.txt", "answers": '"mark": "part"'},
}


def _resources(image: str) -> dict[str, dict[str, Any]]:
    shared = {"VariantName": "main", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variant = {**shared, "ModelName": reference("Model", "ModelName"), "InitialVariantWeight": 1}
    container = {"Image": image, "Environment": {"MARK": "part"}}
    return {
        **serving(image, MARK="plain"),
        "LaterConfig": resource(
            "SageMaker::EndpointConfig", ProductionVariants=[variant], AsyncInferenceConfig=_ASYNC
        ),
        "Later": resource("SageMaker::Endpoint", EndpointConfigName=reference("LaterConfig", "EndpointConfigName")),
        "SharedConfig": resource("SageMaker::EndpointConfig", ProductionVariants=[shared], ExecutionRoleArn=ROLE),
        "Shared": resource("SageMaker::Endpoint", EndpointConfigName=reference("SharedConfig", "EndpointConfigName")),
        "Part": resource(
            "SageMaker::InferenceComponent",
            EndpointName=reference("Shared", "EndpointName"),
            VariantName="main",
            RuntimeConfig={"CopyCount": 1},
            Specification={
                "Container": container,
                "ComputeResourceRequirements": {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 1024},
            },
        ),
        "Errors": resource(
            "CloudWatch::Alarm",
            Namespace="Ours",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        ),
    }


class Smoked:
    """The command, on an assembly of one stack."""

    def __init__(self, emulator: RunningEmulator, folder: Path, resources: Mapping[str, Any]) -> None:
        self._emulator = emulator
        self._folder = folder
        stack = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/us-east-1",
            "properties": {"templateFile": f"{NAME}.template.json"},
        }
        assembly = folder / "cdk.out"
        assembly.mkdir()
        (assembly / "manifest.json").write_text(json.dumps({"artifacts": {NAME: stack}}))
        (assembly / f"{NAME}.template.json").write_text(json.dumps({"Resources": resources}))
        (folder / "part.txt").write_text("5,6")

    def run(self, requests: Any, *arguments: str, assembly: str = "cdk.out") -> tuple[int, str]:
        """Its exit status, and all that it says."""
        file = self._folder / "smoke.json"
        file.write_text(requests if isinstance(requests, str) else json.dumps(requests))
        command = [sys.executable, "-m", "sagemaker_constructs.delivery", "smoke", assembly, "--requests", str(file)]
        done = subprocess.run(
            [*command, *arguments],
            cwd=self._folder,
            env={**self._emulator.environment(os.environ), "PYTHONPATH": str(PROJECT / "constructs")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def smoked(
    emulator: RunningEmulator, client: Clients, echo_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Smoked:
    client("s3").create_bucket(Bucket="smoked")
    resources = _resources(echo_image)
    stack = Stack(client("cloudformation"), NAME)
    assert stack.create(**resources) == "CREATE_COMPLETE", stack.reasons()
    return Smoked(emulator, tmp_path_factory.mktemp("smoked"), resources)


def test_every_kind_of_endpoint_is_asked(smoked: Smoked) -> None:
    status, said = smoked.run(GOOD)
    assert status == 0, said
    assert [line.split(":")[0].split()[:2] for line in said.splitlines()] == [
        ["✔", "smoked/Endpoint"],
        ["✔", "smoked/Later"],
        ["✔", "smoked/Part"],
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"smoked/Endpoint": None}, "✘ smoked/Endpoint"),
        ({"smoked/Endpont": {"body": "1"}}, "✘ smoked/Endpont: matches no endpoint"),
        ({"smoked/Endpoint": {"body": "1", "answers": "nothing like it"}}, "and not as 'nothing like it' says"),
        ({"smoked/Endpoint": {"body": "refuse"}}, "Received client error (418)"),
        ({"smoked/Endpoint": {"body": "sleep 0.4", "attempts": 1, "within_ms": 200}}, "ms at best, and not 200 ms"),
        ({"smoked/Later": {"body": "refuse", "upload": "s3://smoked/asked/x"}}, "it failed: "),
        ({"smoked/Later": {"body": "no place"}}, "it is asynchronous: state an input, or an upload for the body"),
    ],
)
def test_what_is_not_right_fails(smoked: Smoked, changed: dict[str, Any], said: str) -> None:
    requests = {name: each for name, each in {**GOOD, **changed}.items() if each is not None}
    status, printed = smoked.run(requests)
    assert status == 1, printed
    assert said in printed
    assert "1 failed" in printed


def test_an_endpoint_that_is_not_asked_has_a_reason(smoked: Smoked) -> None:
    status, said = smoked.run({**GOOD, "smoked/Later": {"skip": "it wakes too slowly"}})
    assert status == 0
    assert "not asked: it wakes too slowly" in said


def test_an_alarm_that_goes_off_fails(client: Clients, smoked: Smoked) -> None:
    status, said = smoked.run(GOOD, "--watch-minutes", "0.01")
    assert status == 0
    assert "✔ alarms: 1 stayed quiet for 0.01 minutes" in said
    name = Stack(client("cloudformation"), NAME).physical("Errors")
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="loud")
    status, said = smoked.run(GOOD, "--watch-minutes", "5")
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="quiet")
    assert status == 1
    assert f"✘ alarm {name}: went off in us-east-1" in said


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "must have an object"),
        ({"a": {"bdy": "1"}}, "a.bdy is unknown; did you mean body?"),
        ({"a": {"body": 1}}, "a.body must be text, got: 1"),
        ({"a": {"body": "1", "body_file": "x"}}, "a must have a body or a body_file, got: both"),
        ({"a": {"attempts": 0}}, "a.attempts must be between 1 and 100, got: 0"),
        ({"a": {"within_ms": 0}}, "a.within_ms must be greater than 0, got: 0"),
        ({"a": {"upload": "smoked/x"}}, "a.upload must be an S3 URL, got: 'smoked/x'"),
        ({"a": {"answers": "("}}, "a.answers is no regular expression"),
    ],
)
def test_files_that_are_wrong_are_refused(smoked: Smoked, requests: Any, said: str) -> None:
    status, printed = smoked.run(requests)
    assert status == 2
    assert said in printed
    assert "Traceback" not in printed


def test_without_an_assembly_there_is_nothing_to_ask(smoked: Smoked) -> None:
    status, said = smoked.run(GOOD, assembly="nowhere")
    assert (status, "Traceback" in said) == (2, False)
