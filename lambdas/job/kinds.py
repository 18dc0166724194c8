"""What differs between the kinds of job: one row each."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class JobKind:
    """How the API names a kind of job.

    ``attributes`` maps an attribute of the custom resource to the path of its value in the Describe answer.
    """

    name: str
    attributes: Mapping[str, tuple[str, ...]]

    @property
    def name_member(self) -> str:
        """The member of Create, Describe and Stop that holds the job's name."""
        return f"{self.name}Name"

    @property
    def status_member(self) -> str:
        """The member of the Describe answer that holds the job's status."""
        return f"{self.name}Status"

    def operation(self, verb: str) -> str:
        """The boto3 method for ``create``, ``describe`` or ``stop``."""
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.name)
        return verb + words


KINDS = {
    kind.name: kind
    for kind in (
        JobKind(
            "TrainingJob",
            attributes={
                "Arn": ("TrainingJobArn",),
                "ModelArtifactUrl": ("ModelArtifacts", "S3ModelArtifacts"),
            },
        ),
        JobKind(
            "TransformJob",
            attributes={
                "Arn": ("TransformJobArn",),
                "OutputUrl": ("TransformOutput", "S3OutputPath"),
            },
        ),
    )
}
