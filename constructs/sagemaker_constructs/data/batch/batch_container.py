"""The container of a job of AWS Batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.instances.instance_types import Architecture
from sagemaker_constructs.data.batch.batch_job_size import Platform
from sagemaker_constructs.jobs.job_definition import without_empty

_ARCHITECTURES: Mapping[Architecture, str] = {"amd64": "X86_64", "arm64": "ARM64"}


@dataclass(frozen=True, kw_only=True)
class BatchContainer:
    """What ``BatchJobDefinition`` says of its container, besides what it takes, its roles and its log.

    See https://docs.aws.amazon.com/batch/latest/APIReference/API_ContainerProperties.html
    """

    image: str
    command: Sequence[str]
    architecture: Architecture
    platform: Platform
    variables: Mapping[str, str]
    secrets: Mapping[str, str]
    writable: Sequence[str]
    public_address: bool

    def properties(self) -> dict[str, Any]:
        """Members of ``containerProperties``."""
        volumes = {f"writable{at}": path for at, path in enumerate(self.writable)}
        return without_empty(
            {
                "image": self.image,
                "command": [*self.command],
                "environment": [{"name": name, "value": value} for name, value in self.variables.items()],
                "secrets": [{"name": name, "valueFrom": arn} for name, arn in self.secrets.items()],
                "readonlyRootFilesystem": True,
                "volumes": [{"name": name} for name in volumes],
                "mountPoints": [
                    {"sourceVolume": name, "containerPath": path, "readOnly": False} for name, path in volumes.items()
                ],
                # The first process of a container that handles no SIGTERM would not get it.
                "linuxParameters": {"initProcessEnabled": True},
                **(self._on_fargate() if self.platform == "FARGATE" else {"privileged": False}),
            }
        )

    def _on_fargate(self) -> dict[str, Any]:
        architecture = {"cpuArchitecture": _ARCHITECTURES[self.architecture], "operatingSystemFamily": "LINUX"}
        return {
            "networkConfiguration": {"assignPublicIp": "ENABLED" if self.public_address else "DISABLED"},
            "runtimePlatform": architecture,
        }
