"""What happens starts pipelines, for real: events and schedules, queue, function, table."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from harness.aws_clients import Clients, wait_for
from harness.deployed_stack import Stack
from harness.published_stack import deploy
from sagemaker_constructs.observability.metric_alarm import MetricAlarm
from sagemaker_constructs.pipelines import (
    AlarmTrigger,
    EventText,
    EventTrigger,
    FailStep,
    FeatureGroupTrigger,
    ModelPackageTrigger,
    NewDataTrigger,
    Pipeline,
    PipelineTriggers,
    ScheduleTrigger,
    StringParameter,
)
from sagemaker_constructs.registry import ModelPackageGroup
from sagemaker_constructs.storage import EncryptedBucket

SECONDS = 60.0
_ALARM: Mapping[str, object] = {
    "namespace": "Drift",
    "metric_name": "distance",
    "statistic": "Maximum",
    "period": 60,
    "evaluation_periods": 1,
    "threshold": 1,
    "comparison_operator": "GreaterThanOrEqualToThreshold",
    "treat_missing_data": "ignore",
}


class Started:
    """The pipeline, and what has started it."""

    def __init__(self, client: Clients, outputs: Mapping[str, str]) -> None:
        self.client, self.outputs = client, outputs

    def reasons(self) -> list[tuple[str, str]]:
        """Trigger, and value of the parameter, of each execution; the oldest first."""
        sagemaker = self.client("sagemaker")
        listed = sagemaker.list_pipeline_executions(PipelineName=self.outputs["Pipeline"], SortOrder="Ascending")
        found: list[tuple[str, str]] = []
        for each in listed["PipelineExecutionSummaries"]:
            arn = each["PipelineExecutionArn"]
            values = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
            trigger = each["PipelineExecutionDisplayName"].rpartition("-")[0]
            found += [(trigger, value["Value"]) for value in values]
        return found

    def wait_for(self, trigger: str, value: str) -> None:
        wait_for(self.reasons, lambda reasons: (trigger, value) in reasons, SECONDS)

    def call(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self.client("lambda").invoke(FunctionName=self.outputs["Function"], Payload=json.dumps(payload))
        return json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def started(client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Started:
    def build(stack: cdk.Stack) -> None:
        data = EncryptedBucket(stack, "Data")
        why = StringParameter("Why", "nothing")
        pipeline = Pipeline(stack, "Fails", parameters=[why], steps=[FailStep("End", message=why)])
        alarm = MetricAlarm(stack, "Drift", properties={**_ALARM})
        group = ModelPackageGroup(stack, "Models")
        moment = datetime.now(UTC) + timedelta(seconds=1)
        key = EventText("s3://{detail.bucket.name}/{detail.object.key}")
        triggers = PipelineTriggers(
            stack,
            "Triggers",
            pipeline=pipeline,
            maximum_executions=10,
            triggers={
                "rows": NewDataTrigger(data, "rows/", ".csv", parameters={"Why": key}),
                "records": FeatureGroupTrigger("customers", data, "features", parameters={"Why": key}),
                "drift": AlarmTrigger(alarm, parameters={"Why": EventText("{detail.alarmName}")}),
                "version": ModelPackageTrigger(group, parameters={"Why": EventText("{detail.ModelPackageArn}")}),
                "once": ScheduleTrigger(f"at({moment:%Y-%m-%dT%H:%M:%S})", parameters={"Why": 'it is <time>: "now"'}),
                "push": EventTrigger(
                    {"source": ["github"]}, fields=("detail.sha",), parameters={"Why": EventText("{detail.sha}")}
                ),
                "wrong": EventTrigger({"source": ["wrong"]}, parameters={"Why": EventText("{detail.nothing}")}),
            },
        )
        outputs = {
            "Pipeline": pipeline.pipeline_name,
            "Function": triggers.function_arn,
            "Bucket": data.bucket_name,
            "Alarm": alarm.name,
            "Group": group.name,
            "DeadLetters": triggers.dead_letters_url,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    stack = deploy(client, "triggered", build, context={}, outdir=Path(tmp_path_factory.mktemp("triggered")))
    return Started(client, _outputs(stack))


def _outputs(stack: Stack) -> dict[str, str]:
    described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}


def test_a_schedule_starts_it(started: Started) -> None:
    started.wait_for("once", 'it is <time>: "now"')


def test_new_data_start_it(started: Started) -> None:
    bucket = started.outputs["Bucket"]
    account, region = "123456789012", "us-east-1"
    offline = f"features/{account}/sagemaker/{region}/offline-store/customers-1790000000/data/year=2026/a.parquet"
    for key in ("other/a.csv", "rows/a.txt", 'rows/{"a"}.csv', offline):
        started.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    started.wait_for("rows", f's3://{bucket}/rows/{{"a"}}.csv')
    started.wait_for("records", f"s3://{bucket}/{offline}")
    assert sum(value.startswith("s3://") for _, value in started.reasons()) == 2


def test_an_alarm_starts_it_when_it_begins(started: Started) -> None:
    name = started.outputs["Alarm"]
    cloudwatch = started.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="calm")
    cloudwatch.put_metric_data(Namespace="Drift", MetricData=[{"MetricName": "distance", "Value": 2.0}])
    started.wait_for("drift", name)
    assert [trigger for trigger, _ in started.reasons()].count("drift") == 1


def test_an_approval_starts_it_once(started: Started) -> None:
    sagemaker = started.client("sagemaker")
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/models:one"
    version = sagemaker.create_model_package(
        ModelPackageGroupName=started.outputs["Group"],
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": image}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    started.wait_for("version", version)
    sagemaker.update_model_package(ModelPackageArn=version, ApprovalDescription="good")
    _push(started, "after-it")
    started.wait_for("push", "after-it")
    assert [trigger for trigger, _ in started.reasons()].count("version") == 1


def _push(started: Started, sha: str, source: str = "github") -> None:
    entry = {"Source": source, "DetailType": "push", "Detail": json.dumps({"sha": sha})}
    started.client("events").put_events(Entries=[entry])


def test_events_that_come_twice_and_out_of_order_start_it_once_each(started: Started) -> None:
    for sha in ("b", "a", "b", "a", "b", "last"):
        _push(started, sha)
    for sha in ("a", "b", "last"):
        started.wait_for("push", sha)
    assert [value for _, value in started.reasons() if value in ("a", "b", "last")].count("b") == 1
    assert len({value for _, value in started.reasons()}) == len(started.reasons())


def test_a_call_starts_it_with_its_own_values(started: Started) -> None:
    payload = {"parameters": {"Why": "by hand"}, "key": uuid.uuid4().hex}
    first, again = started.call(payload), started.call(payload)
    assert first["PipelineExecutionArn"] == again["PipelineExecutionArn"]
    assert [value for _, value in started.reasons()].count("by hand") == 1
    refused = started.call({"parameters": {"Who": "me"}})
    assert refused["errorMessage"] == "the pipeline has no parameter Who, only: Why"


def test_a_refusal_is_kept_with_its_reason(started: Started) -> None:
    _push(started, "x", "wrong")
    received = wait_for(
        lambda: started.client("sqs").receive_message(
            QueueUrl=started.outputs["DeadLetters"], WaitTimeSeconds=1, MessageAttributeNames=["All"]
        ),
        lambda got: "Messages" in got,
        SECONDS,
    )["Messages"][0]
    assert received["MessageAttributes"]["Reason"]["StringValue"] == "The event has no detail.nothing"
    assert json.loads(received["Body"])["event"]["detail"] == {"sha": "x"}
