"""Model Monitor beside an endpoint."""

from aws_cdk import CfnOutput, Stack

from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.monitoring.model_monitor.model_monitor import ModelMonitor
from sagemaker_constructs.monitoring.model_monitor.monitored_input import MonitoredEndpoint
from sagemaker_constructs.monitoring.model_monitor.monitoring_times import MonitoringTimes
from sagemaker_constructs.monitoring.model_monitor.quality_monitoring import DataQualityMonitoring
from sagemaker_constructs.monitoring.monitor_baseline import MonitorBaseline
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from stacks.foundation.stack import FoundationStack
from stacks.serving.monitoring.model_monitor_settings import ModelMonitorSettings


def add_model_monitor(
    stack: Stack,
    settings: ModelMonitorSettings,
    *,
    endpoint: EndpointBase,
    capture: DataCapture,
    foundation: FoundationStack,
) -> ModelMonitor:
    """Watch ``endpoint``: baseline and reports lie in the platform's bucket for data."""
    every = settings.every_hours
    times = MonitoringTimes.hourly() if every == 1 else MonitoringTimes.every(every, first=settings.first_hour)
    monitor = ModelMonitor(
        stack,
        "ModelMonitor",
        watched=MonitoredEndpoint(endpoint, capture),
        checks={
            "data": DataQualityMonitoring(baseline=MonitorBaseline(foundation.data, settings.baseline), times=times)
        },
        reports=ProcessingOutput(foundation.data, "model-monitor/reports"),
        instance_type=settings.instance_type,
        metrics=settings.feature_metrics,
        encryption_key=foundation.key,
        placement=foundation.placement,
    )
    CfnOutput(stack, "ModelMonitorSchedule", value=monitor.schedule_name("data"))
    return monitor
