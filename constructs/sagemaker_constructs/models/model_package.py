"""A model that a registry or the Marketplace holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.core.rules.models import in_marketplace
from sagemaker_constructs.images.model_image import grant_pull
from sagemaker_constructs.storage.object_access import grant_read_objects


@dataclass(frozen=True)
class ModelPackage:
    """The model package ``arn``, which brings image, artifact and environment along.

    A package of an own registry needs its image's ``repository`` and its artifact's ``bucket`` (all objects
    below ``prefix``), so that the model's role may read them. One of the Marketplace needs neither; it runs in
    network isolation only, and neither serverless nor with a shadow, and its updates move all at once.
    ``specification`` names one of the package's additional inference specifications.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
    """

    arn: str
    bucket: s3.IBucket | None = None
    prefix: str = ""
    repository: ecr.IRepository | None = None
    specification: str | None = None

    @property
    def of_marketplace(self) -> bool:
        """Whether the package's account is one of the Marketplace's; of an ARN known at deployment only, no."""
        return in_marketplace(self.arn)

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield matches(
            "arn",
            self.arn,
            r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:model-package/[a-zA-Z0-9-]{1,63}(/[0-9]{1,9})?",
            "the ARN of a model package",
        )

    def bind(self, grants: Grants) -> dict[str, object]:
        """The ``ContainerDefinition``; ``grants`` gets the right to read what the package refers to."""
        if self.bucket:
            grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*" if self.prefix else "*")
        if self.repository:
            grant_pull(self.repository, grants)
        definition: dict[str, object] = {"modelPackageName": self.arn}
        if self.specification:
            definition["inferenceSpecificationName"] = self.specification
        return definition
