"""Requests of Model Monitor that break a rule."""

from collections.abc import Callable
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3

from harness.aws_clients import ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.monitoring.model_monitor.model_monitor import ModelMonitor
from sagemaker_constructs.monitoring.model_monitor.monitored_input import MonitoredEndpoint
from sagemaker_constructs.monitoring.model_monitor.monitoring_check import MonitoringCheck
from sagemaker_constructs.monitoring.model_monitor.monitoring_times import MonitoringTimes
from sagemaker_constructs.monitoring.model_monitor.quality_monitoring import (
    DataQualityMonitoring,
    ModelQualityMonitoring,
)
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint

_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/monitor:1"
_FOLDER = "/opt/ml/processing/input/captured"
_RESULTS = {"S3Output": {"S3Uri": "s3://reports", "LocalPath": "/opt/ml/processing/output/report"}}
_BATCH = {
    "BatchTransformInput": {
        "DataCapturedDestinationS3Uri": "s3://captured",
        "DatasetFormat": {"Csv": {"Header": True}},
        "LocalPath": _FOLDER,
    }
}


def _endpoint(name: str = "steady", **members: Any) -> Request:
    return {"EndpointInput": {"EndpointName": name, "LocalPath": _FOLDER, **members}}


def _own(seconds: int = 3600) -> Request:
    """The definition that a schedule has of its own."""
    return {
        "MonitoringInputs": [_BATCH],
        "MonitoringOutputConfig": {"MonitoringOutputs": [_RESULTS]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        },
        "MonitoringAppSpecification": {"ImageUri": _IMAGE},
        "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
        "RoleArn": ROLE,
    }


def _schedule(expression: str = "cron(0 * ? * * *)", own: Request | None = None, **times: str) -> Request:
    return {
        "MonitoringScheduleName": "ruled",
        "MonitoringScheduleConfig": {
            "ScheduleConfig": {"ScheduleExpression": expression, **times},
            **({"MonitoringJobDefinition": own or _own()} if own != {} else {}),
        },
    }


def _definition(type_: str, given: Request, **specification: str) -> Request:
    return {
        "JobDefinitionName": "ruled",
        f"{type_}AppSpecification": {"ImageUri": _IMAGE, **specification},
        f"{type_}JobInput": given,
        f"{type_}JobOutputConfig": {"MonitoringOutputs": [_RESULTS]},
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
        "RoleArn": ROLE,
    }


def _quality(given: Request) -> Request:
    truth = {"GroundTruthS3Input": {"S3Uri": "s3://truth"}}
    return _definition("ModelQuality", {**given, **truth}, ProblemType="Regression")


def _monitor(check: Callable[[s3.IBucket], MonitoringCheck], **given: Any) -> Callable[[Stack], object]:
    def build(stack: Stack) -> object:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "captured")
        endpoint = ImportedEndpoint(stack, "Endpoint", endpoint_name="churn", default_variant="AllTraffic")
        watched = MonitoredEndpoint(endpoint, DataCapture(bucket))
        reports = ProcessingOutput(bucket, "reports")
        return ModelMonitor(
            stack, "Monitor", watched=watched, checks={"one": check(bucket)}, reports=reports, **given
        )

    return build


def _at(times: MonitoringTimes, **given: Any) -> Callable[[Stack], object]:
    return _monitor(lambda _: DataQualityMonitoring(times=times), **given)


def _without_predictions(bucket: s3.IBucket) -> MonitoringCheck:
    return ModelQualityMonitoring(problem="Regression", truth=ProcessingInput(bucket, "truth"))


_ONCE = {"DataAnalysisStartTime": "-PT24H", "DataAnalysisEndTime": "-PT0H"}

CASES = {
    "monitoring-starts-at-whole-hours": RuleCase(
        refused=_schedule("cron(30 * ? * * *)"),
        taken=_schedule("cron(0 17/12 ? * * *)"),
        synth=_at(MonitoringTimes("cron(0 8 ? * MON *)")),
    ),
    "monitoring-once-names-its-window": RuleCase(
        refused=_schedule("NOW", DataAnalysisStartTime="-PT1H"),
        taken=_schedule("NOW", None, **_ONCE),
        synth=_at(MonitoringTimes("NOW", start="-PT1H")),
    ),
    "monitored-windows-have-a-day-at-most": RuleCase(
        refused=_schedule("NOW", DataAnalysisStartTime="-P1DT1M", DataAnalysisEndTime="-PT0H"),
        taken=_schedule("NOW", None, **_ONCE),
        synth=_at(MonitoringTimes.once(start="-PT1H", end="-PT1H")),
    ),
    "schedules-have-one-job-definition": RuleCase(refused=_schedule(own={}), taken=_schedule()),
    "monitoring-jobs-end-before-the-next": RuleCase(
        refused=_schedule(own=_own(3601)),
        taken=_schedule("cron(0 0/2 ? * * *)", own=_own(3601)),
        synth=_at(MonitoringTimes.hourly(), max_runtime=Duration.minutes(61)),
    ),
    "monitoring-jobs-have-one-input": RuleCase(
        refused=_definition("DataQuality", {**_endpoint(), **_BATCH}),
        taken=_definition("DataQuality", _BATCH),
    ),
    "monitored-endpoints-capture-data": RuleCase(
        refused=_definition("DataQuality", _endpoint()),
        taken=_definition("DataQuality", _endpoint("captured")),
    ),
    "model-quality-finds-its-predictions": RuleCase(
        refused=_quality({"BatchTransformInput": _BATCH["BatchTransformInput"]}),
        taken=_quality({"BatchTransformInput": {**_BATCH["BatchTransformInput"], "InferenceAttribute": "0"}}),
        synth=_monitor(_without_predictions),
    ),
}
