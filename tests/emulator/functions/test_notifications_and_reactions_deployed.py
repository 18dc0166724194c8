"""Alarms reach those who are told of them, and drift shifts traffic, by functions that are deployed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.published_stack import deploy
from harness.vendors.webhooks import BUSY, Vendor
from sagemaker_constructs.data import ProcessingInput, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact
from sagemaker_constructs.monitoring import CapturedRequests, DriftMonitor, DriftReactions, ShiftTraffic
from sagemaker_constructs.observability import AlarmNotifications, MetricAlarm, QuietHours, SlackChannel, TeamsChannel
from sagemaker_constructs.serving import RealTimeEndpoint, Variant

BUCKET = "reacted-to"
SECONDS = 60.0


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    made = Vendor()
    yield made
    made.close()


@pytest.fixture(scope="module")
def outputs(
    client: Clients, vendor: Vendor, echo_image: str, image_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    client("s3").create_bucket(Bucket=BUCKET)
    monitor_image = ModelImage.from_uri(build_pushed(image_root, "monitor"))
    for name in ("slack", "teams"):
        client("secretsmanager").create_secret(Name=f"alarms-{name}", SecretString=f"{vendor.url}/{name}/hidden")

    def build(stack: cdk.Stack) -> None:
        data = s3.Bucket.from_bucket_name(stack, "Data", BUCKET)
        topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
        of_name = secretsmanager.Secret.from_secret_name_v2
        secrets = {name: of_name(stack, name, f"alarms-{name}") for name in ("slack", "teams")}
        AlarmNotifications(
            stack,
            "Told",
            topic=topic,
            channels={"chat": SlackChannel(secrets["slack"]), "office": TeamsChannel(secrets["teams"])},
            quiet=QuietHours("UTC"),
        )
        alarm = MetricAlarm(
            stack,
            "Alarm",
            properties={
                "namespace": "Test",
                "metric_name": "Drift",
                "statistic": "Maximum",
                "period": 60,
                "evaluation_periods": 1,
                "threshold": 1,
                "comparison_operator": "GreaterThanOrEqualToThreshold",
                "treat_missing_data": "ignore",
                "alarm_description": "Rows differ. Severity: warning. What to do: https://example.com/book#drifted",
            },
        )
        alarm.notify([topic.topic_arn], scope=stack)
        monitor = DriftMonitor(
            stack,
            "Drift",
            captured=CapturedRequests(data, "captured/churn"),
            baseline=ProcessingInput(data, "baseline"),
            reports=ProcessingOutput(data, "reports"),
            image=monitor_image,
        )
        image = ModelImage.from_uri(echo_image)
        variants = [
            Variant(
                Model(stack, name, image=image, artifact=ModelArtifact.from_bucket(data, "model.tar.gz")),
                name=name,
                weight=weight,
                instance_type="ml.c7i.large",
            )
            for name, weight in (("Champion", 9), ("Challenger", 1))
        ]
        endpoint = RealTimeEndpoint(stack, "Endpoint", variants=variants)
        reactions = DriftReactions(
            stack, "Reactions", monitor=monitor, reactions={"shift": ShiftTraffic(endpoint, "Challenger", on="worse")}
        )
        told = {
            "MonitorName": monitor.monitor_name,
            "EndpointName": endpoint.endpoint_name,
            "TableName": reactions.table_name,
        }
        for name, value in told.items():
            cdk.CfnOutput(stack, name, value=value)

    folder = tmp_path_factory.mktemp("reactions")
    artifact = folder / "model.tar.gz"
    _archive(artifact)
    client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=artifact.read_bytes())
    stack = deploy(client, "reacted-to", build, context={}, outdir=folder / "out")
    described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}


def _archive(path: Path) -> None:
    import tarfile

    with tarfile.open(path, "w:gz"):
        return


def test_an_alarm_reaches_all_channels_once_although_one_of_them_was_busy(
    client: Clients, vendor: Vendor, outputs: Mapping[str, str]
) -> None:
    del outputs
    vendor.answers = [(429, {"Retry-After": "1"}), BUSY]
    data = [{"MetricName": "Drift", "Value": 3.0}]
    client("cloudwatch").put_metric_data(Namespace="Test", MetricData=data)
    wait_for(lambda: len(vendor.requests), lambda count: count >= 4, SECONDS)
    paths = [path for path, _ in vendor.requests]
    assert sorted(paths) == ["/slack/hidden"] * 2 + ["/teams/hidden"] * 2
    assert all("ALARM" in body["text"] for body in vendor.told("/slack/hidden"))
    card = vendor.told("/teams/hidden")[-1]["attachments"][0]["content"]
    assert card["actions"][0]["url"] == "https://example.com/book#drifted"


def test_worse_answers_shift_traffic_once_and_leave_a_line(client: Clients, outputs: Mapping[str, str]) -> None:
    def weights() -> Mapping[str, float]:
        described = client("sagemaker").describe_endpoint(EndpointName=outputs["EndpointName"])
        return {each["VariantName"]: each["CurrentWeight"] for each in described["ProductionVariants"]}

    def lines() -> list[dict[str, Any]]:
        items = client("dynamodb").scan(TableName=outputs["TableName"])["Items"]
        return [each for each in items if each["Entry"]["S"].startswith("reaction#")]

    for hour in (7, 7, 8):
        detail = {
            "monitor": outputs["MonitorName"],
            "window": {"name": f"20261130{hour:02}", "start": f"2026-11-30T{hour:02}:00:00Z"},
            "confirmed": ["auc"],
            "confirmed_count": 1,
            "confirmed_kinds": {"rows": 0, "quality": 1, "bias": 0, "attribution": 0},
            "severity": "warning",
        }
        entry = {
            "Source": "sagemaker-constructs.monitoring",
            "DetailType": "Drift Monitor Run Ended",
            "Detail": json.dumps(detail),
        }
        client("events").put_events(Entries=[entry])
    wait_for(weights, lambda found: found == {"Champion": 0.0, "Challenger": 100.0}, SECONDS)
    found = wait_for(lines, lambda found: len(found) == 2 and "acting" not in _states(found), SECONDS)
    assert sorted(_states(found)) == ["done", "skipped"]
    assert "Challenger 100 from now on" in json.dumps(found)


def _states(lines: list[dict[str, Any]]) -> list[str]:
    return [each["State"]["S"] for each in lines]
