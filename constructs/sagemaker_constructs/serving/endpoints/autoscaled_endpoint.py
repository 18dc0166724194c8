"""What every endpoint with something to scale has in common."""

from abc import abstractmethod
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.scaling_step import Adjustment, ScalingStep
from sagemaker_constructs.serving.scaling.scaling_target import ScalingTarget


class AutoscaledEndpoint(EndpointBase):
    """Scaling on any metric and in steps, for instances and provisioned concurrency alike.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
    """

    @abstractmethod
    def scaling(self, variant: str | None = None) -> ScalingTarget:
        """The scalable target of ``variant`` (default: the first), made when it is first asked for."""

    def scale_on_metric(
        self,
        id: str,
        metric: cloudwatch.Metric,
        *,
        target: float,
        variant: str | None = None,
        pace: ScalingPace | None = None,
    ) -> None:
        """Keep ``metric`` near ``target``; it must fall when capacity grows, and have a period of one minute.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
        """
        self.scaling(variant).track_metric(id, metric, name="target", target=target, pace=pace)

    def scale_in_steps(
        self,
        id: str,
        *,
        alarm: cloudwatch.Alarm,
        steps: Sequence[ScalingStep],
        adjustment: Adjustment = "ChangeInCapacity",
        cooldown: Duration | None = None,
        variant: str | None = None,
    ) -> None:
        """Move the capacity while ``alarm`` fires, by the step that its metric lies in.

        ``cooldown`` defaults to five minutes. ``alarm`` is of the same stack, or of one that gives this stack
        nothing: an alarm itself says what it starts.

        See https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-step-scaling-policies.html
        """
        self.scaling(variant).in_steps(
            id, alarm=alarm, steps=steps, adjustment=adjustment, cooldown=cooldown or minutes(5)
        )
