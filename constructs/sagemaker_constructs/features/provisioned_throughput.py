"""Throughput that is paid for whether it is used or not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProvisionedThroughput:
    """Capacity units for reads (4 KB each) and writes (1 KB each) in a second; more requests are throttled.

    Billed whether it is used or not; without it a group is billed for each request.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html
    """

    reads: int
    writes: int

    def properties(self) -> dict[str, object]:
        """The throughput as CloudFormation takes it."""
        return {
            "throughputMode": "Provisioned",
            "provisionedReadCapacityUnits": self.reads,
            "provisionedWriteCapacityUnits": self.writes,
        }
