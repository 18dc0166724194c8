"""What a training job reads from a file system."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, matches


@dataclass(frozen=True)
class FileSystemInput:
    """The folder ``directory`` of the Amazon EFS or FSx for Lustre file system ``file_system_id``, as one channel.

    It is mounted, and nothing is copied. That takes a ``placement`` in the file system's VPC, whose security group
    lets the job in: port 2049 for EFS, ports 988 and 1018 to 1023 for Lustre. A directory of Lustre begins with the
    mount name, such as ``/abcdefgh/rows``. ``writable`` lets the job write there too.

    Grants nothing: the network decides who reaches a file system. One whose own policy asks for IAM is not reached.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FileSystemDataSource.html
    """

    file_system_id: str
    directory: str
    kind: Literal["EFS", "FSxLustre"] = "EFS"
    writable: bool = False
    content_type: str = "text/csv"

    def problems(self) -> Iterator[Problem | None]:
        """What SageMaker refuses of it by itself."""
        identifier = "fs- and 8 to 18 digits from 0 to f"
        yield matches("file_system_id", self.file_system_id, r"fs-[0-9a-f]{8,18}", identifier)

    def grant_read(self, grants: Grants) -> None:
        """Nothing: it is reached through the network."""

    def channel(self, name: str) -> dict[str, object]:
        """The channel of a Create call's ``InputDataConfig``."""
        source = {
            "FileSystemId": self.file_system_id,
            "FileSystemType": self.kind,
            "FileSystemAccessMode": "rw" if self.writable else "ro",
            "DirectoryPath": self.directory,
        }
        return {
            "ChannelName": name,
            "ContentType": self.content_type,
            "InputMode": "File",
            "DataSource": {"FileSystemDataSource": source},
        }
