"""What an endpoint is meant for, so that one that cannot take it is noticed before it is deployed."""

from typing import Annotated

from pydantic import Field

from sagemaker_constructs.cost.inference_options import InferenceWorkload
from stacks.configuration.section import SettingsSection

Seconds = Annotated[float, Field(ge=0.001, le=86_400, allow_inf_nan=False)]


class WorkloadSettings(SettingsSection):
    """What is asked of the endpoint. Making the templates warns where a limit keeps it from taking that."""

    requests_per_second: Annotated[float, Field(ge=0.001, le=100_000, allow_inf_nan=False)]
    """Requests in a second, while any come."""
    payload_mb: Annotated[float, Field(ge=0.001, le=10_000, allow_inf_nan=False)]
    """Size of the largest request in MB."""
    processing_seconds: Seconds
    """The model's time for one request."""
    latency_seconds: Seconds | None = None
    """How long a caller waits for the answer; left out, nobody waits."""
    idle_percent: Annotated[int, Field(ge=0, le=100)] = 0
    """Share of the day without any request, in percent."""
    needs_gpu: bool = False
    """Whether the model runs on accelerators."""

    def option(self) -> InferenceWorkload:
        """The workload that the advisor compares with an endpoint."""
        return InferenceWorkload(
            requests_per_second=self.requests_per_second,
            payload_megabytes=self.payload_mb,
            processing_seconds=self.processing_seconds,
            latency_seconds=self.latency_seconds,
            idle_share=self.idle_percent / 100,
            needs_gpu=self.needs_gpu,
        )
