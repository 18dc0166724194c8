"""Where Data Wrangler's container finds and leaves things, which is not where other jobs do."""

from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.storage.object_access import grant_read_objects

_FOLDER = "/opt/ml/processing"


@dataclass(frozen=True)
class FlowDataset(ProcessingInput):
    """A data set of a flow, in ``/opt/ml/processing/<name>``."""

    def request(self, name: str) -> dict[str, object]:
        """The input ``name`` of a Create call's ``ProcessingInputs``."""
        return _placed(super().request(name), "S3Input", name)


@dataclass(frozen=True)
class FlowFile(FlowDataset):
    """The flow itself, one object, in ``/opt/ml/processing/flow``."""

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the object."""
        grant_read_objects(self.bucket, grants, self.prefix)


@dataclass(frozen=True)
class FlowOutput(ProcessingOutput):
    """What the container leaves in ``/opt/ml/processing/output``, below folders named as job, node and output."""

    def request(self, name: str) -> dict[str, object]:
        """The output ``name`` of a Create call's ``ProcessingOutputConfig``."""
        return _placed(super().request(name), "S3Output", "output")


def _placed(request: dict[str, Any], member: str, folder: str) -> dict[str, object]:
    return {**request, member: {**request[member], "LocalPath": f"{_FOLDER}/{folder}"}}
