"""Many models in one container."""

from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects, grant_write_objects


@dataclass(frozen=True)
class MultiModel:
    """All archives below ``prefix`` in ``bucket``; a request names one of them.

    Upload ``<prefix>/<name>.tar.gz`` and the model can be invoked; a new version gets a new name, because the
    container keeps what it has loaded; delete the object to retire the model. ``caching`` keeps loaded models
    in memory; switch it off where each one is rarely asked for.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html
    """

    bucket: s3.IBucket
    prefix: str = "models"
    caching: bool = True

    def bind(self, grants: Grants) -> dict[str, object]:
        """The part of a ``ContainerDefinition`` that says so; ``grants`` gets the right to read the models."""
        grant_read_objects(self.bucket, grants, f"{self.prefix}/*")
        return {
            "mode": "MultiModel",
            "modelDataUrl": f"{bucket_facts(self.bucket).url(self.prefix)}/",
            "multiModelConfig": {"modelCacheSetting": "Enabled" if self.caching else "Disabled"},
        }

    def grant_publish(self, grantee: iam.IGrantable, below: str = "") -> None:
        """Let ``grantee`` add and retire models, all of them or those whose names start with ``below``."""
        pattern = f"{self.prefix}/{below}*"
        grants = Grants()
        grant_write_objects(self.bucket, grants, pattern)
        grants.allow("s3:DeleteObject", on=f"{bucket_facts(self.bucket).arn}/{pattern}")
        give(grantee, grants)
