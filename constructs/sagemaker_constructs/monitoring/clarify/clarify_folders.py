"""Where Clarify's container finds and leaves things, which is not where other jobs do.

See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.storage.object_access import grant_read_objects

_FOLDER = "/opt/ml/processing"


@dataclass(frozen=True)
class ClarifyRows(ProcessingInput):
    """The data set."""

    def request(self, name: str) -> dict[str, object]:
        """The input ``name`` of a Create call's ``ProcessingInputs``."""
        return _placed(super().request(name), "S3Input", "input/data")


@dataclass(frozen=True)
class ClarifyConfiguration(ProcessingInput):
    """The analysis configuration, one object."""

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the object."""
        grant_read_objects(self.bucket, grants, self.prefix)

    def request(self, name: str) -> dict[str, object]:
        """The input ``name`` of a Create call's ``ProcessingInputs``."""
        return _placed(super().request(name), "S3Input", "input/config")


@dataclass(frozen=True)
class ClarifyResults(ProcessingOutput):
    """What is computed."""

    def request(self, name: str) -> dict[str, object]:
        """The output ``name`` of a Create call's ``ProcessingOutputConfig``."""
        return _placed(super().request(name), "S3Output", "output")


def _placed(request: dict[str, Any], member: str, folder: str) -> dict[str, object]:
    return {**request, member: {**request[member], "LocalPath": f"{_FOLDER}/{folder}"}}
