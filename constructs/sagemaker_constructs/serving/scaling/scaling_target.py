"""Autoscaling of one number: instances, provisioned concurrency or copies."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, one_of, positive, reject, seconds_between, within
from sagemaker_constructs.core.schedules import (
    ScheduleLike,
    schedule_problem,
    schedule_text,
    time_zone_of,
    time_zone_problem,
)
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import ArnAction
from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.scaling_step import Adjustment, ScalingStep, step_problems


class ScalingTarget(BaseConstruct):
    """What Application Auto Scaling may move, within ``capacity``; policies are added by its methods.

    Where ``capacity`` leaves no room, a policy is refused, unless a schedule that was added before it sets other
    bounds.

    Provisions: one ``AWS::ApplicationAutoScaling::ScalableTarget``, which holds the scheduled actions, and a
    ``ScalingPolicy`` per other method call. Application Auto Scaling acts through its service-linked role.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        resource_id: str,
        dimension: str,
        capacity: CapacityRange,
        least: int = 1,
    ) -> None:
        """``resource_id`` holds the token of the resource, so that it exists first."""
        super().__init__(scope, id)
        self._id = id
        self._least = least
        self._capacity = capacity
        self._schedule: list[Mapping[str, object]] = []
        self._target = autoscaling.CfnScalableTarget(
            self,
            "Target",
            service_namespace="sagemaker",
            scalable_dimension=dimension,
            resource_id=resource_id,
            min_capacity=capacity.minimum,
            max_capacity=capacity.limit,
        )
        self._target_id: str = self._target.attr_id

    def track_predefined(
        self, id: str, metric_type: str, *, name: str, target: float, pace: ScalingPace | None
    ) -> None:
        """Keep the predefined metric ``metric_type`` near ``target``, which messages call ``name``."""
        metric = {"predefinedMetricSpecification": {"predefinedMetricType": metric_type}}
        self._track(id, metric, name, target, pace)

    def track(self, id: str, measurement: Measurement, *, name: str, target: float, pace: ScalingPace | None) -> None:
        """Keep ``measurement`` near ``target``, which messages call ``name``."""
        specification: dict[str, object] = {
            "namespace": measurement.measured.namespace,
            "metricName": measurement.measured.name,
            "dimensions": [
                {"name": dimension, "value": value} for dimension, value in measurement.dimensions.items()
            ],
            "statistic": measurement.measured.statistic,
        }
        self._track(id, {"customizedMetricSpecification": specification}, name, target, pace)

    def track_metric(
        self, id: str, metric: cloudwatch.Metric, *, name: str, target: float, pace: ScalingPace | None
    ) -> None:
        """Keep ``metric``, which a user has made, near ``target``, which messages call ``name``."""
        minute = "of the metric must be one minute, got: "
        reject(
            self,
            [
                one_of("statistic", metric.statistic, ["Average", "Minimum", "Maximum", "SampleCount", "Sum"]),
                None
                if metric.period.to_seconds() == 60
                else Problem("period", f"{minute}{metric.period.to_iso_string()}"),
            ],
        )
        measured = Measured(metric.metric_name, metric.statistic, metric.namespace)
        self.track(id, Measurement(measured, metric.dimensions or {}), name=name, target=target, pace=pace)

    def in_steps(
        self,
        id: str,
        *,
        alarm: cloudwatch.Alarm,
        steps: Sequence[ScalingStep],
        adjustment: Adjustment,
        cooldown: Duration,
    ) -> None:
        """Let ``alarm`` move the capacity by the step that its metric lies in."""
        reject(self, [self._room_problem(), *step_problems(steps), seconds_between("cooldown", cooldown, 0, 100_000)])
        policy = self.step_policy(id, steps=steps, adjustment=adjustment, cooldown_seconds=seconds_of(cooldown))
        alarm.add_alarm_action(ArnAction(policy))

    def step_policy(
        self, id: str, *, steps: Sequence[ScalingStep], adjustment: Adjustment, cooldown_seconds: int
    ) -> str:
        """The ARN of a policy that an alarm can start."""
        policy = autoscaling.CfnScalingPolicy(
            self,
            id,
            policy_name=f"{self._id}{id}",
            policy_type="StepScaling",
            scaling_target_id=self._target_id,
            step_scaling_policy_configuration={
                "adjustmentType": adjustment,
                "cooldown": cooldown_seconds,
                "metricAggregationType": "Maximum",
                "stepAdjustments": [step.properties() for step in steps],
            },
        )
        return policy.ref

    def on_schedule(self, id: str, *, schedule: str | ScheduleLike, capacity: CapacityRange, time_zone: str) -> None:
        """Set the bounds to ``capacity`` at the times of ``schedule``."""
        expression = schedule_text(schedule)
        reject(
            self,
            [
                schedule_problem("schedule", expression),
                time_zone_problem("time_zone", schedule, time_zone),
                *within("capacity", capacity.problems(least=self._least)),
                Problem("", f"the schedule {id!r} is there already")
                if any(action["scheduledActionName"] == id for action in self._schedule)
                else None,
            ],
        )
        self._schedule.append(
            {
                "scheduledActionName": id,
                "schedule": expression,
                "timezone": time_zone_of(schedule, time_zone),
                "scalableTargetAction": {"minCapacity": capacity.minimum, "maxCapacity": capacity.limit},
            }
        )
        self._target.scheduled_actions = self._schedule  # pyright: ignore[reportAttributeAccessIssue]

    def _room_problem(self) -> Problem | None:
        """Rule: a policy has room to move in, or a schedule has given it some."""
        lowest, highest = self._capacity.minimum, self._capacity.limit
        if self._schedule or is_token(lowest) or is_token(highest) or lowest < highest:
            return None
        bounds = f"{type(self._capacity).__name__}({lowest}, {highest})"
        return Problem("", f"must have a maximum above its minimum for scaling to move anything, got: {bounds}")

    def _track(
        self, id: str, metric: Mapping[str, object], name: str, target: float, pace: ScalingPace | None
    ) -> None:
        reject(self, [self._room_problem(), positive(name, target)])
        following = (pace or ScalingPace()).properties()
        autoscaling.CfnScalingPolicy(
            self,
            id,
            policy_name=f"{self._id}{id}",
            policy_type="TargetTrackingScaling",
            scaling_target_id=self._target_id,
            target_tracking_scaling_policy_configuration={**metric, "targetValue": target, **following},
        )
