"""Instances of several types for one training job."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, within
from sagemaker_constructs.jobs.job_instances import JobInstances
from sagemaker_constructs.network.vpc_placement import VpcPlacement


@dataclass(frozen=True)
class TrainingGroup:
    """``instance_count`` instances of one type, which channels and the training program know by ``name``.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InstanceGroup.html
    """

    name: str
    instance_type: str
    instance_count: int = 1

    def request(self) -> dict[str, object]:
        """The API's instance group."""
        return {
            "InstanceGroupName": self.name,
            "InstanceType": self.instance_type,
            "InstanceCount": self.instance_count,
        }


@dataclass(frozen=True)
class GroupedInstances:
    """The instances of all ``groups``, each with an encrypted volume, as ``JobInstances`` are those of one type."""

    groups: Sequence[TrainingGroup]
    volume_gib: int
    placement: VpcPlacement | None

    @property
    def count(self) -> int:
        """How many there are in all."""
        return sum(each.instance_count for each in self.groups)

    def problems(self, types: str) -> Iterator[Problem | None]:
        """What SageMaker refuses; ``types`` is the shape that lists the instance types of the kind of job."""
        yield no_more_than("instance_groups", self.groups, 5)
        yield in_range("volume_gib", self.volume_gib, 1, 16_384)
        for number, (group, alone) in enumerate(zip(self.groups, self._alone, strict=True)):
            path = f"instance_groups[{number}]"
            yield matches(f"{path}.name", group.name, r"[^\r\n]{1,64}", "a name of 1 to 64 characters in one line")
            yield from within(path, (each for each in alone.problems(types) if each and each.path != "volume_gib"))

    def volume_key(self, key: kms.IKey) -> kms.IKey | None:
        """``key``, or None where one of them has local NVMe disks, which encrypt themselves and refuse one."""
        return key if all(each.volume_key(key) for each in self._alone) else None

    def grant(self, scope: Construct, key: kms.IKey, grants: Grants) -> None:
        """Allow the execution role to attach interfaces and encrypted volumes."""
        for each in self._alone:
            each.grant(scope, key, grants)

    def request(self, key: kms.IKey) -> dict[str, object]:
        """Groups and volume, as a training job names them."""
        first = self._alone[0].request(key)
        volume: dict[str, object] = {"VolumeSizeInGB": self.volume_gib}
        if self.volume_key(key):
            volume |= {"VolumeKmsKeyId": first["VolumeKmsKeyId"]}
        return {"InstanceGroups": [each.request() for each in self.groups], **volume}

    @property
    def vpc(self) -> dict[str, object]:
        """The ``VpcConfig``; empty in SageMaker's network."""
        return self._alone[0].vpc

    @property
    def _alone(self) -> list[JobInstances]:
        return [
            JobInstances(each.instance_type, each.instance_count, self.volume_gib, self.placement)
            for each in self.groups
        ]
