"""boto3 clients for an emulator, and values that many requests need."""

import datetime
import importlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from emulator.launcher import EmulatorError, RunningEmulator, attach

Clients = Callable[[str], Any]

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
AWS_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"


_lock = Lock()


@cache
def session() -> Any:
    """One session for all clients: each would read the API's descriptions from disk again."""
    return importlib.import_module("boto3").Session()


def clients_of(emulator: RunningEmulator, account: str = "test") -> Clients:
    """boto3 clients that know nothing but the emulator, for its own account or another one by its number."""
    config = importlib.import_module("botocore.config")

    def client(service: str) -> Any:
        with _lock:
            return session().client(
                service,
                endpoint_url=emulator.address,
                region_name=emulator.region,
                aws_access_key_id=account,
                aws_secret_access_key="test",
                config=config.Config(
                    parameter_validation=False,
                    retries={"total_max_attempts": 1},
                    read_timeout=90,
                    s3={"addressing_style": "path"},
                ),
            )

    return client


def wait_for(answer: Callable[[], Any], done: Callable[[Any], bool], seconds: float = 300) -> Any:
    """Ask until the answer is the wanted one; fails with the last answer."""
    end = time.monotonic() + seconds
    while not done(last := answer()):
        assert time.monotonic() < end, f"still {last}"
        time.sleep(0.05)
    return last


def kill(running: RunningEmulator) -> None:
    """End the server as `kill -9` does, and wait until it is gone."""
    os.kill(running.pid, signal.SIGKILL)
    wait_for(lambda: _attached(running.state), lambda found: found is None)


def _attached(state: Path) -> RunningEmulator | None:
    try:
        return attach(state)
    except EmulatorError:
        return None


def saved(state: Path, service: str) -> str:
    """What is on disk of a service's state right now; empty before the first save."""
    try:
        return (state / "saved" / "current" / f"{service}.json").read_text()
    except FileNotFoundError:
        return ""


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """Code and message of the error that a call must end with."""
    errors = importlib.import_module("botocore.exceptions")
    with pytest.raises(errors.ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def model(sagemaker: Any, name: str, image: str = AWS_IMAGE, **environment: str) -> str:
    """Create a model; returns its name."""
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image, "Environment": environment}
    )
    return name


def endpoint_config(sagemaker: Any, name: str, *models: str, **settings: Any) -> str:
    """Create an endpoint configuration with one variant for each model; returns its name."""
    variants = [
        {
            "VariantName": f"variant-{index}",
            "ModelName": each,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1.0,
            **settings,
        }
        for index, each in enumerate(models)
    ]
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    return name


def settled(sagemaker: Any, name: str) -> Any:
    """Description of an endpoint once it is in a final state."""
    return wait_for(
        lambda: sagemaker.describe_endpoint(EndpointName=name),
        lambda described: described["EndpointStatus"] in ("InService", "Failed"),
    )


def metric_sum(clients: Clients, namespace: str, name: str, dimensions: Mapping[str, str]) -> float:
    """Sum of all that was published of a metric within the last hour."""
    now, hour = datetime.datetime.now(datetime.UTC), datetime.timedelta(hours=1)
    points = clients("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - hour,
        EndTime=now + hour,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)
