"""A drift monitor beside an endpoint."""

from aws_cdk import CfnOutput, Stack

from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.monitoring.baseline_definition import BaselineDefinition
from sagemaker_constructs.monitoring.captured_requests import CapturedRequests
from sagemaker_constructs.monitoring.collected_truth import CollectedTruth
from sagemaker_constructs.monitoring.drift_monitor import DriftMonitor
from sagemaker_constructs.monitoring.drift_settings import DriftSettings
from sagemaker_constructs.monitoring.drift_telling import DriftTelling
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from stacks.foundation.stack import FoundationStack
from stacks.serving.monitoring.settings import MonitoringSettings

_FOLDER = "monitoring"


def add_monitor(
    stack: Stack,
    settings: MonitoringSettings,
    *,
    endpoint: EndpointBase,
    capture: DataCapture,
    foundation: FoundationStack,
) -> DriftMonitor:
    """Watch ``endpoint``: baseline and reports lie in the platform's bucket for data."""
    answers = settings.answers
    compared = DriftSettings(
        outputs=answers.outputs if answers else (),
        ignored=settings.ignored,
        minimum_rows=settings.minimum_rows,
        thresholds=settings.thresholds,
        quality=answers.option() if answers else None,
    )
    baseline = BaselineDefinition(
        stack,
        "Baseline",
        rows=ProcessingInput(foundation.data, settings.rows),
        output=ProcessingOutput(foundation.data, f"{_FOLDER}/baseline"),
        settings=compared,
        instance_type=settings.instance_type,
        encryption_key=foundation.key,
        placement=foundation.placement,
    )
    renewal = baseline.schedule("Renewal", settings.baseline_schedule)
    monitor = DriftMonitor(
        stack,
        "Drift",
        captured=CapturedRequests.of_endpoint(endpoint, capture),
        baseline=baseline.baseline,
        reports=ProcessingOutput(foundation.data, f"{_FOLDER}/reports"),
        truth=CollectedTruth(foundation.data, answers.truth) if answers else None,
        every=settings.every(),
        delay=settings.delay(),
        settings=compared,
        telling=DriftTelling(runs=settings.runs, of_runs=settings.of_runs),
        instance_type=settings.instance_type,
        encryption_key=foundation.key,
        placement=foundation.placement,
    )
    CfnOutput(stack, "MonitorName", value=monitor.monitor_name)
    CfnOutput(stack, "MonitorFunction", value=monitor.function_arn)
    CfnOutput(stack, "MonitorAlarm", value=monitor.drift_alarms.drifted.name)
    CfnOutput(stack, "MonitorRows", value=settings.rows)
    CfnOutput(stack, "BaselineSchedule", value=renewal.schedule_name)
    return monitor
