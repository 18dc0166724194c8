"""A machine with JupyterLab."""

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Annotations, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.problems import Problem, in_range, no_more_than, one_of, reject, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn
from sagemaker_constructs.storage.volume_encryption import grant_volumes
from sagemaker_constructs.workbench.git_repository import GitRepository
from sagemaker_constructs.workbench.notebook_lifecycle import NotebookLifecycle
from sagemaker_constructs.workbench.office_hours import OfficeHours
from sagemaker_constructs.workbench.scripts.stop_when_idle import StopWhenIdle

_MOST_REPOSITORIES = 4


class NotebookInstance(BaseConstruct):
    """One person's machine with JupyterLab, billed for each hour in service and for its volume at all times.

    ``placement`` is where it is, in the first of its subnets, without internet access but what the VPC has; None
    gives it SageMaker's own network, with internet. ``volume_gb`` is the size of the home folder, 5 to 16,384.
    ``platform`` is its operating system: SageMaker starts no instance of Amazon Linux 2 since July 2026.
    ``encryption_key`` encrypts the volume, and defaults to the stack's own ``EncryptionKey``. People are not root
    unless ``root_access``; lifecycle scripts always are. Credentials come by version 2 of the metadata service only.

    ``lifecycle`` defaults to one with ``StopWhenIdle()`` alone. ``repositories``, at most four, are cloned; the first
    is where JupyterLab opens. ``office_hours`` stop and start it by the clock. ``role`` defaults to a new one, which
    may do what lifecycle, repositories, network and key take: grant it more by ``notebook.role``.

    Another network, key or platform replaces the instance, with an empty volume. Instance and volume are retained
    then, and when the stack goes, as is the role, unless ``removal_policy`` says otherwise.

    Provisions: one ``AWS::SageMaker::NotebookInstance``, an ``AWS::IAM::Role`` unless ``role`` is given, and an
    ``AWS::SageMaker::CodeRepository`` for each repository with a branch or a secret.
    Warns as ``sagemaker-constructs:billed-by-the-hour`` where nothing stops it.
    Raises ``InvalidInput`` for instance types that notebooks do not have, and what AWS's rules refuse.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/nbi.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        placement: VpcPlacement | None,
        instance_type: str = "ml.t3.medium",
        volume_gb: int = 20,
        platform: str = "notebook-al2023-v1",
        encryption_key: kms.IKey | None = None,
        root_access: bool = False,
        role: iam.IRole | None = None,
        lifecycle: NotebookLifecycle | None = None,
        repositories: Sequence[GitRepository] = (),
        office_hours: OfficeHours | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        properties: dict[str, Any] = {
            "instance_type": instance_type,
            "volume_size_in_gb": volume_gb,
            "platform_identifier": platform,
            "direct_internet_access": "Disabled" if placement else "Enabled",
            "root_access": "Enabled" if root_access else "Disabled",
            "instance_metadata_service_configuration": {"minimumInstanceMetadataServiceVersion": "2"},
        }
        if placement:
            properties["subnet_id"] = placement.subnet_ids[0]
            properties["security_group_ids"] = placement.security_group_ids
        reject(
            self,
            [
                one_of("instance_type", instance_type, enum_values("InstanceType")),
                in_range("volume_gb", volume_gb, 5, 16_384),
                *rule_problems("CreateNotebookInstance", properties, names={"PlatformIdentifier": "platform"}),
                *_repository_problems(repositories),
                *(within("office_hours", office_hours.problems()) if office_hours else ()),
            ],
        )
        key = encryption_key or EncryptionKey.of(self)
        if lifecycle is None:
            stopping = [StopWhenIdle()]
            lifecycle = NotebookLifecycle(self, "Lifecycle", on_start=stopping, removal_policy=removal_policy)
        self.lifecycle: NotebookLifecycle = lifecycle
        grants = Grants()
        grants.include(self.lifecycle.grants)
        grant_volumes(key, grants)
        if placement:
            placement.grant_network_interfaces(self, grants)
        cloned = [each.reference(self, f"Repository{index}", grants) for index, each in enumerate(repositories, 1)]
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Works in the notebook instance {self.path}",
            log_groups=["/aws/sagemaker/NotebookInstances"],
            grants=grants,
        )
        self._execution_role.apply_removal_policy(removal_policy)
        self._resource = sagemaker.CfnNotebookInstance(
            self,
            "Resource",
            role_arn=self._execution_role.arn,
            kms_key_id=key_arn(key),
            lifecycle_config_name=self.lifecycle.name,
            default_code_repository=cloned[0] if cloned else None,
            additional_code_repositories=cloned[1:] or None,
            **properties,
        )
        self._resource.apply_removal_policy(removal_policy)
        depend(self._resource, *self._execution_role.ready)
        self.arn: str = self._resource.ref
        self._let_it_act_on_itself(removal_policy)
        if office_hours:
            office_hours.bind(self, "OfficeHours", name=self.name, arn=self.arn)
        elif not self.lifecycle.stops_when_idle:
            Annotations.of(self).add_warning_v2(
                "sagemaker-constructs:billed-by-the-hour",
                f"{self.path} is billed for each hour until somebody stops it: give its lifecycle StopWhenIdle(), or "
                "give it office_hours",
            )

    @property
    def name(self) -> str:
        """Its name, which CloudFormation makes."""
        return self._resource.attr_notebook_instance_name

    @property
    def role(self) -> iam.IRole:
        """The role with which people work in it, for grants of other constructs."""
        return self._execution_role.role

    def grant_open(self, role: iam.IRole) -> None:
        """Let ``role`` start the instance, and open its JupyterLab in a browser."""
        self._grant(role, "CreatePresignedNotebookInstanceUrl", "DescribeNotebookInstance", "StartNotebookInstance")

    def grant_stop(self, role: iam.IRole) -> None:
        """Let ``role`` stop the instance."""
        self._grant(role, "DescribeNotebookInstance", "StopNotebookInstance")

    def _grant(self, role: iam.IRole, *actions: str) -> None:
        grants = Grants()
        grants.allow(*(f"sagemaker:{action}" for action in actions), on=self.arn)
        give(role, grants)

    def _let_it_act_on_itself(self, removal_policy: RemovalPolicy) -> None:
        """By a policy of its own, made after the instance: the role cannot name what is made after it."""
        if self.lifecycle.own_actions:
            grants = Grants()
            grants.allow(*self.lifecycle.own_actions, on=self.arn)
            for each in self._execution_role.allow(self, "OnItself", grants):
                if isinstance(each, iam.CfnPolicy):
                    each.apply_removal_policy(removal_policy)


def _repository_problems(repositories: Sequence[GitRepository]) -> Iterator[Problem | None]:
    yield no_more_than("repositories", repositories, _MOST_REPOSITORIES)
    for index, repository in enumerate(repositories):
        yield from within(f"repositories[{index}]", repository.problems())
