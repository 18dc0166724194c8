"""An endpoint that answers while the caller waits."""

from collections.abc import Iterator, Sequence

from aws_cdk import Annotations, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_in_template
from sagemaker_constructs.core.instance_storage import has_local_storage
from sagemaker_constructs.core.validation import no_more_than, one_of, reject, unique
from sagemaker_constructs.serving.data_capture import DataCapture
from sagemaker_constructs.serving.endpoint_base import EndpointBase
from sagemaker_constructs.serving.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.variant import Variant
from sagemaker_constructs.serving.variant_scaling import VariantScaling


class RealTimeEndpoint(EndpointBase):
    """One to ten variants behind one name.

    A change of model, instance type or capture replaces the endpoint *configuration*; the endpoint moves over
    to it blue/green, all traffic at once, and moves back by itself when one of ``alarms`` fires within
    ``bake`` (default: five minutes). ``alarms`` has one alarm per variant on responses 5xx; add yours with
    ``roll_back_on``. Once a variant scales, updates keep its current instance count.

    The endpoint's name is derived from the construct path, so that its alarms and callers can know it before
    it exists. CloudFormation never has to replace an endpoint whose name stays the same.

    Instance volumes are encrypted with ``encryption_key``, except on types with local NVMe disks, which
    encrypt themselves and refuse a key.

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, one ``AWS::CloudWatch::Alarm``
    per variant, and what the ``scale_on_…`` methods add.
    Raises ``InvalidInput`` for no or more than ten variants, names used twice, unknown instance types, ranges
    and percentages that AWS refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        variants: Sequence[Variant],
        encryption_key: kms.IKey,
        capture: DataCapture | None = None,
        bake: Duration | None = None,
    ) -> None:
        super().__init__(scope, id, default_variant=variants[0].name if variants else "")
        reject(self, _problems(variants, capture))
        self.variants = tuple(variants)
        self._scaling: dict[str, VariantScaling] = {}
        self._bake = bake or Duration.minutes(5)
        self.alarms: list[cloudwatch.AlarmBase] = []
        if capture:
            for variant in variants:
                capture.grant_write(variant.model.role)

        configuration = sagemaker.CfnEndpointConfig(
            self,
            "Configuration",
            production_variants=[variant.properties() for variant in variants],
            kms_key_id=self._volume_key(encryption_key),
            data_capture_config=capture.properties() if capture else None,
        )
        single = [variant.name for variant in variants if variant.instances.minimum == 1]
        if single:
            acknowledge_in_template(
                configuration,
                "sagemaker-endpoint-config-prod-instance-count",
                reason=f"{', '.join(single)} starts with one instance because its settings say so: one is enough "
                "where an outage of minutes is, and half the price. Set instances to at least 2 elsewhere.",
            )
        self._resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=configuration.attr_endpoint_config_name,
        )
        for variant in variants:
            self.roll_back_on(self._server_error_alarm(variant))

    @staticmethod
    def from_endpoint_name(
        scope: Construct, id: str, endpoint_name: str, *, default_variant: str = "AllTraffic"
    ) -> EndpointBase:
        """An endpoint that exists already, with the same grants and metrics."""
        return ImportedEndpoint(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)

    def roll_back_on(self, alarm: cloudwatch.AlarmBase) -> None:
        """Take an update back when ``alarm`` fires while it bakes. An endpoint watches at most ten alarms.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        """
        self.alarms.append(alarm)
        reject(self, [no_more_than("alarms", self.alarms, 10)])
        for role in {variant.model.role.role_arn: variant.model.role for variant in self.variants}.values():
            role.add_to_principal_policy(
                iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=[alarm.alarm_arn])
            )
        deployment: dict[str, object] = {
            "blueGreenUpdatePolicy": {
                "trafficRoutingConfiguration": {
                    "type": "ALL_AT_ONCE",
                    "waitIntervalInSeconds": self._bake.to_seconds(),
                },
                "terminationWaitInSeconds": 0,
                "maximumExecutionTimeoutInSeconds": 3600,
            },
            "autoRollbackConfiguration": {"alarms": [{"alarmName": watched.alarm_name} for watched in self.alarms]},
        }
        self._resource.deployment_config = deployment  # pyright: ignore[reportAttributeAccessIssue]

    def scale_on_invocations(
        self,
        *,
        per_instance_per_minute: float,
        variant: str | None = None,
        scale_in_cooldown: Duration | None = None,
        scale_out_cooldown: Duration | None = None,
    ) -> None:
        """Scale a variant (default: the first) within its ``instances`` by target tracking.

        Cooldowns default to five minutes in, one minute out. From then on an update of the endpoint keeps the
        instance count that scaling has reached; weights still follow the configuration.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-policy.html
        """
        self._scale(variant or self._default_variant).on_invocations(
            per_instance_per_minute=per_instance_per_minute,
            scale_in_cooldown=scale_in_cooldown or Duration.minutes(5),
            scale_out_cooldown=scale_out_cooldown or Duration.minutes(1),
        )

    def _scale(self, name: str) -> VariantScaling:
        by_name = {variant.name: variant for variant in self.variants}
        reject(self, [one_of("variant", name, by_name)])
        if name not in self._scaling:
            self._resource.retain_all_variant_properties = True
            self._resource.exclude_retained_variant_properties = [
                sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
            ]
            self._scaling[name] = VariantScaling(
                self,
                f"{name}Scaling",
                endpoint_name=self._resource.attr_endpoint_name,
                variant=by_name[name],
            )
        return self._scaling[name]

    def _volume_key(self, encryption_key: kms.IKey) -> str | None:
        local = [variant for variant in self.variants if has_local_storage(variant.instance_type)]
        if not local:
            return encryption_key.key_arn
        if len(local) < len(self.variants):
            Annotations.of(self).add_warning_v2(
                "sagemaker-constructs:volume-key",
                "No variant's volume is encrypted with encryption_key, because "
                f"{', '.join(variant.name for variant in local)} has local disks, and SageMaker then refuses "
                "a key for the whole endpoint. Put such variants behind an endpoint of their own.",
            )
        return None

    def _server_error_alarm(self, variant: Variant) -> cloudwatch.Alarm:
        return self.metric_server_errors(variant=variant.name).create_alarm(
            self,
            f"{variant.name}ServerErrors",
            alarm_description=f"{self.endpoint_name}/{variant.name}: at least 5 responses 5xx in 2 of 3 minutes",
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=5,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _problems(variants: Sequence[Variant], capture: DataCapture | None) -> Iterator[str | None]:
    if not variants:
        yield "variants must name at least one variant, got: none"
    yield no_more_than("variants", variants, 10)
    yield unique("variants' names", [variant.name for variant in variants])
    for index, variant in enumerate(variants):
        yield from variant.problems(f"variants[{index}]")
    if variants and not any(variant.weight for variant in variants):
        yield "variants must have at least one weight above 0, got: 0 for all"
    if capture:
        yield from capture.problems("capture")
