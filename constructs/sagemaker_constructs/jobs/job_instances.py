"""The instances that a job runs on."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, one_of
from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.object_access import key_arn
from sagemaker_constructs.storage.volume_encryption import grant_volumes


@dataclass(frozen=True)
class JobInstances:
    """``count`` instances of ``type``, each with an encrypted volume, in SageMaker's network or in ``placement``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-nbi.html
    """

    type: str
    count: int
    volume_gib: int
    placement: VpcPlacement | None

    def problems(self, types: str) -> Iterator[Problem | None]:
        """What SageMaker refuses; ``types`` is the shape that lists the instance types of the kind of job."""
        yield one_of("instance_type", self.type, enum_values(types))
        yield in_range("instance_count", self.count, 1, 100)
        yield in_range("volume_gib", self.volume_gib, 1, 16_384)

    def volume_key(self, key: kms.IKey) -> kms.IKey | None:
        """``key``, or None for local NVMe disks, which encrypt themselves and refuse one."""
        return None if has_local_storage(self.type) else key

    def grant(self, scope: Construct, key: kms.IKey, grants: Grants) -> None:
        """Allow the execution role to attach interfaces and encrypted volumes."""
        if self.placement:
            self.placement.grant_network_interfaces(scope, grants)
        volume_key = self.volume_key(key)
        if volume_key:
            grant_volumes(volume_key, grants)

    def request(self, key: kms.IKey) -> dict[str, object]:
        """Type, count and volume, as requests of all kinds of job name them."""
        volume_key = self.volume_key(key)
        return {
            "InstanceType": self.type,
            "InstanceCount": self.count,
            "VolumeSizeInGB": self.volume_gib,
            **({"VolumeKmsKeyId": key_arn(volume_key)} if volume_key else {}),
        }

    @property
    def vpc(self) -> dict[str, object]:
        """The ``VpcConfig``; empty in SageMaker's network."""
        if self.placement is None:
            return {}
        return {"Subnets": self.placement.subnet_ids, "SecurityGroupIds": self.placement.security_group_ids}
