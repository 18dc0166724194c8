"""A model that a registry or the Marketplace holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.validation import matches
from sagemaker_constructs.storage.object_access import grant_read_objects


@dataclass(frozen=True)
class ModelPackage:
    """The model package ``arn``, which brings image, artifact and environment along.

    A package of an own registry needs its image's ``repository`` and its artifact's ``bucket`` (all objects
    below ``prefix``), so that the model's role may read them. One of the Marketplace needs neither.
    ``specification`` names one of the package's additional inference specifications.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
    """

    arn: str
    bucket: s3.IBucket | None = None
    prefix: str = ""
    repository: ecr.IRepository | None = None
    specification: str | None = None

    def problems(self, name: str) -> Iterator[str | None]:
        """What AWS would refuse."""
        yield matches(
            f"{name}.arn",
            self.arn,
            r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:model-package/[a-zA-Z0-9-]{1,63}(/[0-9]{1,9})?",
            "the ARN of a model package",
        )

    def bind(self, role: iam.IRole) -> dict[str, object]:
        """The ``ContainerDefinition``; ``role`` gets the right to read what the package refers to."""
        if self.bucket:
            grant_read_objects(self.bucket, role, f"{self.prefix.strip('/')}/*" if self.prefix else "*")
        if self.repository:
            self.repository.grant_pull(role)
        definition: dict[str, object] = {"modelPackageName": self.arn}
        if self.specification:
            definition["inferenceSpecificationName"] = self.specification
        return definition
