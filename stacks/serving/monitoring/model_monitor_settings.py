"""What Model Monitor is told, in accounts that used it before it was closed to new customers."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.section import SettingsSection
from stacks.serving.monitoring.settings import ProcessingInstanceType
from stacks.training.pipeline.settings import Prefix


class ModelMonitorSettings(SettingsSection):
    """SageMaker Model Monitor on the quality of requests, for accounts that used it before 2026-07-30."""

    baseline: Prefix = "model-monitor-baseline"
    """Folder of statistics.json and constraints.json in the platform's bucket for data, which a pipeline leaves."""
    every_hours: Annotated[int, Field(ge=1, le=24)] = 1
    """Hours between two executions."""
    first_hour: Annotated[int, Field(ge=0, le=23)] = 0
    """Hour of the day of the first execution, in UTC; without effect where there is one each hour."""
    instance_type: ProcessingInstanceType = "ml.m5.xlarge"
    """Instance type of the jobs."""
    feature_metrics: bool = False
    """Whether Model Monitor's metrics of each feature are published, which are billed as custom metrics."""

    def problems(self) -> Iterator[Problem | None]:
        """Days in which there would be one execution alone, although more were asked for."""
        if self.every_hours < 24 and self.first_hour + self.every_hours >= 24:
            words = "must leave room for a second execution of the day, or every_hours must be 24"
            yield Problem("first_hour", f"{words}, got: {self.first_hour} and {self.every_hours}")
