"""An Autopilot job of the library, through the real `cdk` command line."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import Clients

APP = Path(__file__).parent / "search_app" / "app.py"
TABLE = "kind,length,noise\n" + "".join(
    f"{kind},{place + row % 5 / 10},{row * 37 % 11}\n" for row in range(30) for place, kind in enumerate("ab")
)

Cdk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cdk(emulator: RunningEmulator, tmp_path: Path) -> Cdk:
    """Runs the command line in a folder of its own, for a search of the column `target`."""

    def run(*arguments: str, target: str = "kind") -> subprocess.CompletedProcess[str]:
        command = [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments]
        app = [] if arguments[0] == "bootstrap" else ["--app", f"exec {shlex.join([sys.executable, str(APP)])}"]
        return subprocess.run(
            [*command, *app],
            cwd=tmp_path,
            env={**emulator.environment(os.environ), "CDK_VALIDATION": "false", "TARGET": target},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )

    return run


def _deploy(cdk: Cdk, stack: str, target: str = "kind") -> subprocess.CompletedProcess[str]:
    return cdk("deploy", stack, "--exclusively", "--require-approval", "never", target=target)


def _outputs(client: Clients, stack: str) -> dict[str, str]:
    described = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {each["OutputKey"].removeprefix("Out"): each["OutputValue"] for each in described}


def test_a_search_registers_its_winner_and_says_why_it_failed(cdk: Cdk, client: Clients) -> None:
    for done in (cdk("bootstrap", "aws://123456789012/us-east-1"), _deploy(cdk, "search-data")):
        assert done.returncode == 0, done.stdout
    bucket = _outputs(client, "search-data")["Bucket"]
    client("s3").put_object(Bucket=bucket, Key="rows/table.csv", Body=TABLE.encode())

    done = _deploy(cdk, "search", target="nobody")
    assert done.returncode == 1
    assert "ended as Failed" in done.stdout
    assert "nobody" in done.stdout

    client("cloudformation").delete_stack(StackName="search")
    done = _deploy(cdk, "search")
    assert done.returncode == 0, done.stdout
    made = _outputs(client, "search")
    sagemaker = client("sagemaker")
    best = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=made["JobName"])["BestCandidate"]
    [container] = best["InferenceContainers"]
    assert made["Best"] == best["CandidateName"]
    assert made["Explained"].startswith(f"s3://{bucket}/autopilot/{made['JobName']}/")
    version = sagemaker.describe_model_package(ModelPackageName=made["Version"])
    [registered] = version["InferenceSpecification"]["Containers"]
    model = sagemaker.describe_model(ModelName=made["Model"])["PrimaryContainer"]
    for each in (registered, model):
        assert (each["Image"], each["ModelDataUrl"]) == (container["Image"], container["ModelDataUrl"])
    leaders = sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName=made["JobName"])["Candidates"]
    assert len(leaders) == 4

    sagemaker.create_endpoint_config(
        EndpointConfigName="winner",
        ProductionVariants=[
            {
                "VariantName": "A",
                "ModelName": made["Model"],
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
    )
    sagemaker.create_endpoint(EndpointName="winner", EndpointConfigName="winner")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="winner", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    answer = client("sagemaker-runtime").invoke_endpoint(
        EndpointName="winner", ContentType="text/csv", Body=b"0.2,5\n1.2,5\n"
    )
    assert [line.split(b",")[0] for line in answer["Body"].read().splitlines()] == [b"a", b"b"]
    sagemaker.delete_endpoint(EndpointName="winner")
