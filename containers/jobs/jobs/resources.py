"""The machines of a job, and this one among them."""

from dataclasses import dataclass
from pathlib import Path

from jobs.documents import read_document


@dataclass(frozen=True)
class InstanceGroup:
    """Machines of one type in a heterogeneous cluster."""

    name: str
    instance_type: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Resources:
    """What resourceconfig.json says; hosts are in the order that all machines agree on.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """

    hosts: tuple[str, ...] = ("localhost",)
    current_host: str = "localhost"
    network_interface: str = ""
    groups: tuple[InstanceGroup, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> "Resources":
        """The resources that are described in a configuration folder; without the file, this machine alone."""
        described = read_document(folder / "resourceconfig.json")
        if not described:
            return cls()
        groups = [
            InstanceGroup(group["instance_group_name"], group["instance_type"], tuple(group["hosts"]))
            for group in described.get("instance_groups", [])
        ]
        return cls(
            hosts=tuple(sorted(described["hosts"], key=_natural)),
            current_host=described["current_host"],
            network_interface=described.get("network_interface_name", ""),
            groups=tuple(groups),
        )

    @property
    def position(self) -> int:
        """The place of this machine among all, from 0."""
        return self.hosts.index(self.current_host)

    @property
    def current_group(self) -> InstanceGroup | None:
        """The instance group of this machine, if there are groups."""
        return next((group for group in self.groups if self.current_host in group.hosts), None)

    def communication(self) -> dict[str, str]:
        """The variables that make Gloo and NCCL talk over the network between the machines."""
        if not self.network_interface:
            return {}
        return {"GLOO_SOCKET_IFNAME": self.network_interface, "NCCL_SOCKET_IFNAME": self.network_interface}


def _natural(host: str) -> tuple[str, int]:
    # algo-10 comes after algo-9, so that the first machine is algo-1.
    name, _, number = host.rpartition("-")
    return (name, int(number)) if number.isdecimal() else (host, 0)
