"""An endpoint whose instances several models share."""

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, one_of, reject, within
from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.network.interface_release import role_release
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, RetainedLogs, retention_problem
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.endpoint_metrics import (
    MEMORY,
    RESERVED_CPU,
    RESERVED_MEMORY,
    SHARED_CPU,
)
from sagemaker_constructs.serving.endpoints.endpoint_watch import bounds, machine_rules
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn


class SharedEndpoint(EndpointBase):
    """Instances without a model: each ``InferenceComponent`` on it brings one, and takes its share of them.

    SageMaker moves the instances between the bounds of ``instances`` as the copies on them need; the minimum may
    be 0, and the endpoint then sleeps while no component has a copy. It is created with one instance all the
    same. Requests go to the copy with the fewest open ones.

    ``role`` (default: a new one) is what all components run as. Network isolation is on by default.

    Logs are kept for ``log_retention_days`` (default: one year).

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, ``RetainedLogs``, and an
    ``AWS::IAM::Role`` unless ``role`` is given.
    Raises ``InvalidInput`` for unknown instance types and impossible ranges.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        instance_type: str,
        encryption_key: kms.IKey | None = None,
        instances: InstanceRange | None = None,
        placement: VpcPlacement | None = None,
        network_isolation: bool = True,
        role: iam.IRole | None = None,
        variant_name: str = "AllTraffic",
        log_retention_days: int = ONE_YEAR,
    ) -> None:
        super().__init__(scope, id, default_variant=variant_name)
        fleet = instances or InstanceRange(1)
        reject(
            self,
            [
                *_problems(instance_type, fleet),
                retention_problem("log_retention_days", log_retention_days),
            ],
        )
        self.instance_type = instance_type
        self.instances = fleet
        self.variant_name = variant_name
        grants = Grants()
        if placement:
            placement.grant_network_interfaces(self, grants)
        self.execution_role: ExecutionRoleBase = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the inference components of {self.path}",
            log_groups=["/aws/sagemaker/Endpoints/*", "/aws/sagemaker/InferenceComponents/*"],
            grants=grants,
        )
        self.configuration: sagemaker.CfnEndpointConfig = sagemaker.CfnEndpointConfig(
            self,
            "Configuration",
            execution_role_arn=self.execution_role.arn,
            enable_network_isolation=network_isolation,
            vpc_config=placement.vpc_config if placement else None,
            kms_key_id=None
            if has_local_storage(instance_type)
            else key_arn(encryption_key or EncryptionKey.of(self)),
            production_variants=[
                {
                    "variantName": variant_name,
                    "instanceType": instance_type,
                    "initialInstanceCount": fleet.initial,
                    "initialVariantWeight": 1,
                    "routingConfig": {"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
                    "managedInstanceScaling": {
                        "status": "ENABLED",
                        "minInstanceCount": fleet.minimum,
                        "maxInstanceCount": fleet.limit,
                    },
                }
            ],
        )
        waits_for = (*self.execution_role.ready, *role_release(self, self.execution_role, placement))
        if waits_for:
            self.configuration.node.add_dependency(*waits_for)
        resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=self.configuration.attr_endpoint_config_name,
        )
        RetainedLogs(self, "Logs", group=self.log_group_name, days=log_retention_days)
        self.deployed_name: str = resource.attr_endpoint_name
        """The name as a token, which makes what uses it wait for the endpoint."""

    @property
    def role(self) -> iam.IRole:
        """The role that all components run as."""
        return self.execution_role.role

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Memory and disk of the instances; each component brings alarms of its own."""
        yield from machine_rules(self.variant_name, self.measurement, thresholds)

    def dashboard_sections(self) -> Iterator[Section]:
        """The instances; each component brings a section of its own."""
        title = f"{self.endpoint_name}\n{self.instance_type}, shared"
        used = [self.measurement(each) for each in (SHARED_CPU, MEMORY)]
        reserved = [self.measurement(each) for each in (RESERVED_CPU, RESERVED_MEMORY)]
        # SageMaker publishes no count of instances; each sends one sample of its CPU use a minute.
        count = self.measurement(SHARED_CPU).with_statistic("SampleCount")
        row = [
            Graph("Use of the instances in percent", used),
            Graph("Reserved by copies in percent", reserved),
            Graph("Instances", [count], bounds(self.instances)),
        ]
        yield Section(title, [row])

    @staticmethod
    def from_endpoint_name(
        scope: Construct, id: str, endpoint_name: str, *, default_variant: str = "AllTraffic"
    ) -> EndpointBase:
        """An endpoint that exists already, with the same grants and metrics."""
        return ImportedEndpoint(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)


def _problems(instance_type: str, instances: InstanceRange) -> Iterator[Problem | None]:
    yield one_of("instance_type", instance_type, enum_values("ProductionVariantInstanceType"))
    yield from within("instances", instances.problems(least=0))
