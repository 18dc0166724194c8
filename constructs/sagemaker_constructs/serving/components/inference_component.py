"""A model on instances that it shares with others."""

from collections.abc import Iterator

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.instances.instance_types import accelerator_problem, architecture_problem
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, reject, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, RetainedLogs, retention_problem
from sagemaker_constructs.serving.components.component_base import ComponentBase
from sagemaker_constructs.serving.components.imported_component import ImportedComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.endpoint_metrics import COPY_MEMORY, NO_CAPACITY
from sagemaker_constructs.serving.endpoints.endpoint_watch import bounds, use_rule
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.scaling_target import ScalingTarget
from sagemaker_constructs.serving.scaling.wake_up import wake_up
from sagemaker_constructs.serving.variants.startup import Startup

_ARGUMENTS = {
    "Specification": "",
    "ComputeResourceRequirements": "",
    "MaxMemoryRequiredInMb": "maximum_memory_mb",
}


class InferenceComponent(ComponentBase):
    """``copies`` of ``container`` on ``endpoint``, each with ``memory_mb`` (at least 128) for itself.

    ``cpu_cores`` (at least 0.25) and ``accelerators`` (at least 1) are what a copy needs besides; SageMaker places
    the copies where both are free. Callers name the component in ``InferenceComponentName``.

    ``copies`` may start at 0: once the component scales, an alarm on requests that found no copy wakes it. These
    first requests fail, and the next ones until a copy runs, so that callers have to try again.

    The image, an archive as artifact and the environment of ``container`` count; ``endpoint.role`` gets the right
    to read them. The component's name is derived from the construct path.

    Logs are kept for ``log_retention_days`` (default: one year).

    Provisions: one ``AWS::SageMaker::InferenceComponent``, ``RetainedLogs``, and what the ``scale_…`` methods add.
    Raises ``InvalidInput`` for numbers below these limits, accelerators on types without, hostnames, folders and
    many models.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: SharedEndpoint,
        container: ModelContainer,
        memory_mb: int,
        maximum_memory_mb: int | None = None,
        cpu_cores: float | None = None,
        accelerators: int | None = None,
        copies: CopyRange | None = None,
        startup: Startup | None = None,
        log_retention_days: int = ONE_YEAR,
    ) -> None:
        super().__init__(scope, id, endpoint=endpoint)
        self.component_name: str = physical_name(self, 63)
        self.copies: CopyRange = copies or CopyRange(1)
        self.accelerators = accelerators
        limits = startup or Startup()
        needs = {"memory_mb": memory_mb, "cpu_cores": cpu_cores, "accelerators": accelerators}
        compute: dict[str, object] = {
            "minMemoryRequiredInMb": memory_mb,
            "maxMemoryRequiredInMb": maximum_memory_mb,
            "numberOfCpuCoresRequired": cpu_cores,
            "numberOfAcceleratorDevicesRequired": accelerators,
        }
        reject(
            self,
            [
                *_need_problems(needs, accelerators, endpoint.instance_type),
                *_request_problems(compute),
                architecture_problem("endpoint.instance_type", endpoint.instance_type, container.image.architecture),
                *within("copies", self.copies.problems(least=0)),
                *within("startup", limits.problems()),
                *within("container", container.problems()),
                retention_problem("log_retention_days", log_retention_days),
            ],
        )
        most = memory_mb if maximum_memory_mb is None else maximum_memory_mb
        self._memory_factor: float = 1 if is_token(most) or is_token(memory_mb) else most / memory_mb
        grants = Grants()
        definition = container.bind(self, grants)
        reject(self, _container_problems(definition))
        self._scaling: ScalingTarget | None = None
        self._resource = sagemaker.CfnInferenceComponent(
            self,
            "Resource",
            inference_component_name=self.component_name,
            endpoint_name=endpoint.deployed_name,
            variant_name=endpoint.variant_name,
            runtime_config={"copyCount": 1 if self.copies.minimum == 0 else self.copies.minimum},
            specification={
                "container": {
                    "image": definition["image"],
                    **({"artifactUrl": definition["modelDataUrl"]} if "modelDataUrl" in definition else {}),
                    **({"environment": definition["environment"]} if "environment" in definition else {}),
                },
                "computeResourceRequirements": {name: value for name, value in compute.items() if value is not None},
                **({"startupParameters": limits.properties()} if limits.properties() else {}),
            },
        )
        for policy in endpoint.execution_role.allow(self, "Access", grants):
            self._resource.node.add_dependency(policy)
        RetainedLogs(
            self, "Logs", group=f"/aws/sagemaker/InferenceComponents/{self.component_name}", days=log_retention_days
        )

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """The same, and the memory of its copies, which SageMaker publishes in percent of ``memory_mb``."""
        yield from super().alarm_rules(thresholds)
        percent = thresholds.memory_percent * self._memory_factor
        yield use_rule("Memory", "memory that a copy asks for", self.measurement(COPY_MEMORY), percent)

    def _bounds(self) -> dict[str, float]:
        return bounds(self.copies)

    @property
    def inference_option(self) -> InferenceOption:
        """How the component serves."""
        return InferenceOption.REAL_TIME

    def as_met(self, workload: InferenceWorkload) -> InferenceWorkload:
        """The workload as it is."""
        return workload

    def own_limits(self, workload: InferenceWorkload) -> Iterator[str]:
        """What the component's own settings rule out."""
        if workload.needs_gpu and not self.accelerators:
            yield "it asks for no accelerators"

    @staticmethod
    def from_component_name(
        scope: Construct, id: str, component_name: str, *, endpoint: EndpointBase
    ) -> ComponentBase:
        """A component that exists already on ``endpoint``, with the same grants and metrics."""
        return ImportedComponent(scope, id, component_name=component_name, endpoint=endpoint)

    def scale_on_concurrency(self, *, per_copy: float, pace: ScalingPace | None = None) -> None:
        """Scale by the requests that each copy works on at one time, counted every ten seconds.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-policy.html
        """
        self.scaling().track_predefined(
            "OnConcurrency",
            "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
            name="per_copy",
            target=per_copy,
            pace=pace,
        )

    def scale_on_invocations(self, *, per_copy_per_minute: float, pace: ScalingPace | None = None) -> None:
        """Scale by the requests per copy and minute.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-policy.html
        """
        self.scaling().track_predefined(
            "OnInvocations",
            "SageMakerInferenceComponentInvocationsPerCopy",
            name="per_copy_per_minute",
            target=per_copy_per_minute,
            pace=pace,
        )

    def scale_on_schedule(
        self, id: str, *, schedule: str | ScheduleLike, copies: CopyRange, time_zone: str = "UTC"
    ) -> None:
        """Set the bounds to ``copies`` at the times of ``schedule``; they stay until the next schedule sets others.

        See https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
        """
        self.scaling().on_schedule(id, schedule=schedule, capacity=copies, time_zone=time_zone)

    def scaling(self) -> ScalingTarget:
        """The scalable target of the copies, made (with the alarm that wakes them) when it is first asked for.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
        """
        if self._scaling is None:
            self._scaling = ScalingTarget(
                self,
                "Scaling",
                resource_id=f"inference-component/{self.component_name}",
                dimension="sagemaker:inference-component:DesiredCopyCount",
                capacity=self.copies,
                least=0,
            )
            # The name alone is plain text, which would not make CloudFormation wait.
            self._scaling.node.add_dependency(self._resource)
            if self.copies.minimum == 0:
                wake_up(
                    self,
                    "NoCapacity",
                    target=self._scaling,
                    needed=self.measurement(NO_CAPACITY),
                    reason=f"{self.component_name}: requests come, and no copy runs",
                    cooldown_seconds=60,
                )
        return self._scaling


def _request_problems(compute: dict[str, object]) -> Iterator[Problem]:
    properties = {"specification": {"computeResourceRequirements": compute}}
    yield from rule_problems("CreateInferenceComponent", properties, names=_ARGUMENTS)


def _need_problems(
    needs: dict[str, float | None], accelerators: int | None, instance_type: str
) -> Iterator[Problem | None]:
    for (name, value), least in zip(needs.items(), (128, 0.25, 1), strict=True):
        if value is not None and not is_token(value) and value < least:
            yield Problem(name, f"must be at least {least}, got: {value}")
    yield accelerator_problem("accelerators", accelerators, instance_type)


def _container_problems(definition: dict[str, object]) -> Iterator[Problem]:
    for member, words in (
        ("containerHostname", "hostname"),
        ("modelDataSource", "folder"),
        ("mode", "choice of many models"),
    ):
        if member in definition:
            yield Problem("container", f"must have no {words}: an inference component does not support it")
