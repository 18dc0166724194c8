"""What real-time and asynchronous endpoints share: instances, rollouts and their alarms."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from aws_cdk import Annotations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import acknowledge_in_template
from sagemaker_constructs.core.base_construct import depend
from sagemaker_constructs.core.instances.instance_types import Processor, processor_problem
from sagemaker_constructs.core.problems import Problem, no_more_than, one_of, reject, within
from sagemaker_constructs.core.rules.at_synth import api_request, rule_problems
from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule, GivenAlarm
from sagemaker_constructs.observability.retained_logs import RetainedLogs, retention_problem
from sagemaker_constructs.serving.endpoints.autoscaled_endpoint import AutoscaledEndpoint
from sagemaker_constructs.serving.endpoints.endpoint_metrics import CPU, GPU
from sagemaker_constructs.serving.endpoints.endpoint_watch import Measure, machine_rules
from sagemaker_constructs.serving.rollouts.rollback_alarms import WatchedMetric, late_problem, rollback_alarms
from sagemaker_constructs.serving.rollouts.rollout import Rollout, marketplace_problem
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.scaling_target import ScalingTarget
from sagemaker_constructs.serving.variants.variant import Variant
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn

_ALARMS = ("cloudwatch:DescribeAlarms",)


class InstanceEndpoint(AutoscaledEndpoint):
    """An endpoint on instances. Not made by itself: see ``RealTimeEndpoint`` and ``AsyncEndpoint``.

    Instance volumes are encrypted with a key, except on types with local NVMe disks, which encrypt themselves
    and refuse one. Once a variant scales, updates of the endpoint keep its current instance count.

    SageMaker refuses an update that removes a variant that scales, or changes its instance type: deploy once without
    its scaling, and again with the change and the scaling. Variants can be neither added, removed nor renamed: put
    such a change behind another endpoint.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        variants: Sequence[Variant],
        shadow: Sequence[Variant],
        encryption_key: kms.IKey | None,
        rollout: Rollout,
        configuration: Mapping[str, object],
        arguments: Mapping[str, str],
        problems: Iterable[Problem | None],
        log_retention_days: int,
        least: int = 1,
    ) -> None:
        """``configuration``: further properties of the endpoint configuration; ``least``: instances that stay.

        ``problems``: what is wrong with the arguments of this kind of endpoint; ``arguments``: their names, where
        members of the configuration are called otherwise.
        """
        super().__init__(scope, id, default_variant=variants[0].name if variants else "")
        properties: dict[str, object] = {
            "production_variants": [variant.properties() for variant in variants],
            "shadow_production_variants": [variant.properties() for variant in shadow] or None,
            **configuration,
        }
        self._request = api_request("CreateEndpointConfig", properties)
        models = {variant.model.model_name: variant.model.request for variant in (*variants, *shadow)}
        reject(
            self,
            [
                *problems,
                *rule_problems(
                    "CreateEndpointConfig",
                    properties,
                    names={"ModelName": "model", "VariantName": "name", **arguments},
                    known={"Model": models},
                ),
                *within("rollout", _rollout_problems(rollout, variants)),
                retention_problem("log_retention_days", log_retention_days),
            ],
        )
        self.variants: tuple[Variant, ...] = tuple(variants)
        self.shadow: tuple[Variant, ...] = tuple(shadow)
        self._least = least
        self._rollout = rollout
        self._scaling: dict[str, ScalingTarget] = {}
        self.configuration: sagemaker.CfnEndpointConfig = sagemaker.CfnEndpointConfig(
            self,
            "Configuration",
            kms_key_id=self._volume_key(encryption_key),
            **properties,  # pyright: ignore[reportArgumentType]
        )
        self._acknowledge_single_instances()
        self._alarms: list[Alarm] = list(rollback_alarms(self, self.endpoint_name, self._rollback_metrics()))
        self._resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=self.configuration.attr_endpoint_config_name,
            deployment_config=self._deployment(),
        )
        grants = self._model_grants()
        grants.allow(*_ALARMS, on=[alarm.arn for alarm in self._alarms])
        self._allow_models("Access", grants)
        RetainedLogs(self, "Logs", group=self.log_group_name, days=log_retention_days)

    @abstractmethod
    def _rollback_metrics(self) -> Sequence[WatchedMetric]:
        """What takes an update back."""

    @abstractmethod
    def _model_grants(self) -> Grants:
        """What the models need beside their images and artifacts."""

    @property
    def alarms(self) -> Sequence[Alarm]:
        """The alarms that take an update back."""
        return tuple(self._alarms)

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Memory and disk of each variant's instances."""
        for variant in self.variants:
            yield from machine_rules(variant.name, self._measure(variant.name), thresholds)

    def roll_back_on(self, alarm: cloudwatch.IAlarm | cloudwatch.AlarmBase) -> None:
        """Take an update back when ``alarm`` fires while it bakes. An endpoint watches at most ten alarms.

        Raises ``InvalidInput`` for an alarm that takes longer to fire than the rollout's ``bake``, where it is known.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        """
        reject(self, [late_problem("alarm", alarm, self._rollout.bake)])
        given = GivenAlarm(alarm)
        self._alarms.append(given)
        reject(self, [no_more_than("alarms", self._alarms, 10)])
        grants = Grants()
        grants.allow(*_ALARMS, on=given.arn)
        self._allow_models(f"AccessToAlarm{len(self._alarms)}", grants)
        self._resource.deployment_config = self._deployment()  # pyright: ignore[reportAttributeAccessIssue]

    def scale_on_utilization(
        self,
        *,
        percent: float,
        processor: Processor = "cpu",
        variant: str | None = None,
        pace: ScalingPace | None = None,
    ) -> None:
        """Keep the average CPU or GPU use of a variant's containers near ``percent``.

        CloudWatch adds up cores and devices: 0 to 100 times their number.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
        """
        chosen = self._fleet(variant)
        reject(self, [processor_problem("processor", processor, chosen.instance_type)])
        use = self.measurement(CPU if processor == "cpu" else GPU, chosen.name)
        self.scaling(chosen.name).track(f"On{processor.capitalize()}", use, name="percent", target=percent, pace=pace)

    def scale_on_schedule(
        self,
        id: str,
        *,
        schedule: str | ScheduleLike,
        instances: InstanceRange,
        time_zone: str = "UTC",
        variant: str | None = None,
    ) -> None:
        """Set the bounds of a variant to ``instances`` at the times of ``schedule``: ``cron(0 8 ? * MON-FRI *)``,
        ``rate(…)``, ``at(…)`` or a CDK schedule.

        The bounds stay until the next schedule sets others. ``time_zone`` is an IANA name. The rollout has to fit
        these bounds too, as an update may come while they are set.

        See https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
        """
        chosen = replace(self._fleet(variant), instances=instances)
        reject(self, within("instances", self._rollout.problems([chosen])))
        self.scaling(variant).on_schedule(id, schedule=schedule, capacity=instances, time_zone=time_zone)

    def scaling(self, variant: str | None = None) -> ScalingTarget:
        """The scalable target of ``variant`` (default: the first), made when it is first asked for.

        Raises ``InvalidInput`` for burstable instance types, which SageMaker does not scale.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-console.html
        """
        chosen = self._fleet(variant)
        target = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{self.endpoint_name}/variant/{chosen.name}",
        }
        reject(
            self,
            rule_problems(
                "RegisterScalableTarget",
                target,
                service="application-autoscaling",
                names={"ResourceId": f"variants[{chosen.name}].instance_type"},
                known={
                    "Endpoint": {self.endpoint_name: {"EndpointConfigName": ""}},
                    "EndpointConfig": {"": self._request},
                },
            ),
        )
        if chosen.name not in self._scaling:
            if not self._scaling:
                self._resource.retain_all_variant_properties = True
                excluded = [{"variantPropertyType": "DesiredWeight"}]
                self._resource.exclude_retained_variant_properties = excluded  # pyright: ignore[reportAttributeAccessIssue]
                self._deployed_name = self._resource.attr_endpoint_name
            self._scaling[chosen.name] = ScalingTarget(
                self,
                f"{chosen.name}Scaling",
                resource_id=f"endpoint/{self._deployed_name}/variant/{chosen.name}",
                dimension="sagemaker:variant:DesiredInstanceCount",
                capacity=chosen.instances,
                least=self._least,
            )
        return self._scaling[chosen.name]

    def _measure(self, variant: str) -> Measure:
        return lambda measured: self.measurement(measured, variant)

    def _deployment(self) -> dict[str, object]:
        watched = [{"alarmName": alarm.name} for alarm in self._alarms]
        return {**self._rollout.properties(), "autoRollbackConfiguration": {"alarms": watched}}

    def _allow_models(self, id: str, grants: Grants) -> None:
        """In this endpoint's own policies, so that a model of another stack does not come to depend on it."""
        roles = list(dict.fromkeys(fleet.model.execution_role for fleet in self._fleets))
        for number, role in enumerate(roles):
            for policy in role.allow(self, f"{id}{number or ''}", grants):
                depend(self._resource, policy)

    @property
    def _fleets(self) -> tuple[Variant, ...]:
        return (*self.variants, *self.shadow)

    def _fleet(self, name: str | None) -> Variant:
        by_name = {variant.name: variant for variant in self._fleets}
        chosen = name or self._default_variant
        reject(self, [one_of("variant", chosen, by_name)])
        return by_name[chosen]

    def _volume_key(self, encryption_key: kms.IKey | None) -> str | None:
        local = [variant for variant in self._fleets if has_local_storage(variant.instance_type)]
        if not local:
            return key_arn(encryption_key or EncryptionKey.of(self))
        if len(local) < len(self._fleets):
            Annotations.of(self).add_warning_v2(
                "sagemaker-constructs:volume-key",
                "No variant's volume is encrypted with encryption_key, because "
                f"{', '.join(variant.name for variant in local)} has local disks, and SageMaker then refuses "
                "a key for the whole endpoint. Put such variants behind an endpoint of their own.",
            )
        return None

    def _acknowledge_single_instances(self) -> None:
        single = [variant.name for variant in self._fleets if variant.instances.initial == 1]
        if single:
            acknowledge_in_template(
                self.configuration,
                "sagemaker-endpoint-config-prod-instance-count",
                reason=f"{', '.join(single)} starts with one instance because its settings say so: one is enough "
                "where an outage of minutes is, and half the price. Set instances to at least 2 elsewhere.",
            )


def _rollout_problems(rollout: Rollout, variants: Sequence[Variant]) -> Iterator[Problem | None]:
    yield from rollout.problems(variants)
    yield marketplace_problem(rollout, [variant.name for variant in variants if variant.model.of_marketplace])
