"""Traffic moves in steps, and an alarm while it does turns the endpoint back."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import start
from emulator.process.state_directory import StateDirectory
from harness.aws_clients import ROLE, Clients, clients_of, saved, settled, wait_for
from harness.serving_endpoints import configure, deploy, variant

PAIR = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}
CANARY = {"Type": "CANARY", "WaitIntervalInSeconds": 180, "CanarySize": HALF}
LINEAR = {"Type": "LINEAR", "WaitIntervalInSeconds": 90, "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 40}}


@pytest.fixture
def alarm(client: Clients) -> Iterator[str]:
    """An alarm on a metric that only the test publishes."""
    cloudwatch, name = client("cloudwatch"), f"guards-{time.monotonic_ns()}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Mine",
        MetricName="Errors",
        Dimensions=[{"Name": "Alarm", "Value": name}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    yield name
    cloudwatch.delete_alarms(AlarmNames=[name])


@pytest.fixture
def endpoint(sagemaker: Any, echo_image: str) -> Iterator[str]:
    """An endpoint marked old, with a configuration marked new to update it with."""
    name = deploy(
        sagemaker, f"guarded-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image, PAIR, MARK="old")]
    )
    configure(sagemaker, f"{name}-new", [variant(sagemaker, "main", echo_image, PAIR, MARK="new")])
    yield name
    settled(sagemaker, name)
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def marks(client: Clients, endpoint: str) -> Callable[[], set[str]]:
    """Who answers twenty requests."""
    runtime = client("sagemaker-runtime")

    def ask() -> set[str]:
        return {mark_of(runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1")) for _ in range(20)}

    return ask


def mark_of(answer: Any) -> str:
    """The mark of the model that answered."""
    return str(json.loads(answer["Body"].read())["mark"])


def ring(client: Clients, alarm: str) -> None:
    datum = {"MetricName": "Errors", "Value": 5, "Dimensions": [{"Name": "Alarm", "Value": alarm}]}
    client("cloudwatch").put_metric_data(Namespace="Mine", MetricData=[datum])


def update(sagemaker: Any, endpoint: str, **deployment: Any) -> None:
    sagemaker.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=f"{endpoint}-new", DeploymentConfig=deployment
    )


def blue_green(routing: dict[str, Any]) -> dict[str, Any]:
    return {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 0}


@pytest.mark.parametrize(
    "deployment",
    [
        {"BlueGreenUpdatePolicy": blue_green(CANARY)},
        {"BlueGreenUpdatePolicy": blue_green(LINEAR)},
        {"RollingUpdatePolicy": {"MaximumBatchSize": HALF, "WaitIntervalInSeconds": 180}},
    ],
    ids=["canary", "linear", "rolling"],
)
def test_both_answer_and_then_the_new_one(
    sagemaker: Any, endpoint: str, marks: Callable[[], set[str]], deployment: dict[str, Any]
) -> None:
    update(sagemaker, endpoint, **deployment)
    wait_for(marks, lambda found: found == {"old", "new"})
    described = settled(sagemaker, endpoint)
    assert described["EndpointConfigName"] == f"{endpoint}-new"
    assert "PendingDeploymentSummary" not in described
    assert described["LastDeploymentConfig"] == deployment
    assert marks() == {"new"}


def test_all_at_once_answers_with_the_new_one_while_it_bakes(
    sagemaker: Any, endpoint: str, marks: Callable[[], set[str]]
) -> None:
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300}
    update(sagemaker, endpoint, BlueGreenUpdatePolicy=blue_green(routing))
    wait_for(marks, lambda found: found == {"new"})
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert described["EndpointStatus"] == "Updating"
    assert described["PendingDeploymentSummary"]["EndpointConfigName"] == f"{endpoint}-new"


@pytest.mark.parametrize("routing", [CANARY, {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300}])
def test_an_alarm_rolls_back(
    client: Clients,
    sagemaker: Any,
    endpoint: str,
    alarm: str,
    marks: Callable[[], set[str]],
    routing: dict[str, Any],
) -> None:
    automatic = {"Alarms": [{"AlarmName": alarm}]}
    update(sagemaker, endpoint, BlueGreenUpdatePolicy=blue_green(routing), AutoRollbackConfiguration=automatic)
    wait_for(marks, lambda found: "new" in found)
    ring(client, alarm)
    described = settled(sagemaker, endpoint)
    assert described["EndpointStatus"] == "InService"
    assert alarm in described["FailureReason"]
    assert described["EndpointConfigName"] == endpoint
    assert marks() == {"old"}


def test_cloudformation_fails_the_update(client: Clients, sagemaker: Any, echo_image: str, alarm: str) -> None:
    cloudformation, name = client("cloudformation"), f"guarded-stack-{time.monotonic_ns()}"

    def template(mark: str) -> str:
        def resource(kind: str, **properties: Any) -> dict[str, Any]:
            return {"Type": f"AWS::SageMaker::{kind}", "Properties": properties}

        container = {"Image": echo_image, "Environment": {"MARK": mark}}
        main = {
            "VariantName": "main",
            "ModelName": {"Fn::GetAtt": [f"Model{mark}", "ModelName"]},
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 2,
            "InitialVariantWeight": 1,
        }
        resources = {
            f"Model{mark}": resource("Model", ExecutionRoleArn=ROLE, PrimaryContainer=container),
            f"Config{mark}": resource("EndpointConfig", ProductionVariants=[main]),
            "Endpoint": resource(
                "Endpoint",
                EndpointName=name,
                EndpointConfigName={"Fn::GetAtt": [f"Config{mark}", "EndpointConfigName"]},
                DeploymentConfig={
                    "BlueGreenUpdatePolicy": blue_green(CANARY),
                    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]},
                },
            ),
        }
        return json.dumps({"Resources": resources})

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    cloudformation.create_stack(StackName=name, TemplateBody=template("Old"))
    wait_for(status, lambda found: found == "CREATE_COMPLETE")
    cloudformation.update_stack(StackName=name, TemplateBody=template("New"))
    wait_for(lambda: sagemaker.describe_endpoint(EndpointName=name).get("PendingDeploymentSummary"), bool, seconds=60)
    ring(client, alarm)
    wait_for(status, lambda found: found == "UPDATE_ROLLBACK_COMPLETE", seconds=60)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert any(alarm in event.get("ResourceStatusReason", "") for event in events)
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"1")
    assert mark_of(answer) == "Old"
    cloudformation.delete_stack(StackName=name)


def test_a_rollout_that_is_cut_short_leaves_the_old_one_serving(own_state: Path, echo_image: str) -> None:
    emulator = start(own_state)
    sagemaker = clients_of(emulator)("sagemaker")
    name = deploy(sagemaker, "cut-short", [variant(sagemaker, "main", echo_image, PAIR, MARK="old")])
    configure(sagemaker, f"{name}-new", [variant(sagemaker, "main", echo_image, PAIR, MARK="new")])
    update(sagemaker, name, BlueGreenUpdatePolicy=blue_green({**CANARY, "WaitIntervalInSeconds": 3600}))
    wait_for(lambda: '"share": 0.5' in saved(own_state, "sagemaker"), bool)
    os.kill(emulator.pid, signal.SIGKILL)
    wait_for(lambda: StateDirectory(own_state).is_held(), lambda held: not held)
    again = clients_of(start(own_state))
    described = again("sagemaker").describe_endpoint(EndpointName=name)
    assert described["EndpointStatus"] == "InService"
    assert "stopped in the middle" in described["FailureReason"]
    runtime = again("sagemaker-runtime")
    assert {mark_of(runtime.invoke_endpoint(EndpointName=name, Body=b"1")) for _ in range(20)} == {"old"}
