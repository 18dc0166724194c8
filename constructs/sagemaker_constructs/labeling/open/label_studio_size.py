"""What a Label Studio takes."""

from dataclasses import dataclass

_UNITS_OF_A_VCPU = 1024


@dataclass(frozen=True)
class LabelStudioSize:
    """``vcpus`` and ``memory_mib`` of the server, of those that Fargate has together.

    An idle server takes 350 MiB.

    See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    """

    vcpus: float = 0.5
    memory_mib: int = 2048

    @property
    def cpu(self) -> str:
        """As task definitions have it."""
        return str(round(self.vcpus * _UNITS_OF_A_VCPU))

    @property
    def memory(self) -> str:
        """As task definitions have it."""
        return str(self.memory_mib)
