"""What a job of AWS Batch takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem, in_range
from sagemaker_constructs.core.tokens import is_token

Platform = Literal["FARGATE", "EC2"]
_LEAST_MEMORY, _MOST_MEMORY = 4, 24 * 1024**2


@dataclass(frozen=True)
class BatchJobSize:
    """``vcpus`` and ``memory_mib`` of a job, of those that Fargate has together, or whole vCPUs of instances.

    ``storage_gib`` is a job's own on Fargate, 21 to 200; left out, it has 20. ``gpus`` are for instances.

    See https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html
    """

    vcpus: float = 1
    memory_mib: int = 2048
    gpus: int = 0
    storage_gib: int | None = None

    def requirements(self) -> list[dict[str, str]]:
        """``resourceRequirements`` of a container."""
        wanted = {"VCPU": f"{self.vcpus:g}", "MEMORY": str(self.memory_mib)}
        if self.gpus:
            wanted["GPU"] = str(self.gpus)
        return [{"type": kind, "value": value} for kind, value in wanted.items()]

    def problems(self, platform: str) -> Iterator[Problem | None]:
        """What instances do not have; the catalogue of AWS's rules says what Fargate does not."""
        if platform != "EC2":
            return
        if not is_token(self.vcpus) and (self.vcpus < 1 or self.vcpus != int(self.vcpus)):
            yield Problem("vcpus", f"must be a whole number for instances, at least 1, got: {self.vcpus:g}")
        yield in_range("memory_mib", self.memory_mib, _LEAST_MEMORY, _MOST_MEMORY)
        if self.storage_gib is not None:
            yield Problem("storage_gib", "is for Fargate; of instances, set volume_gib of the queue's capacity")
