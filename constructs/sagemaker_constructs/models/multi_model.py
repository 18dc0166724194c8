"""Many models in one container."""

from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.storage.object_access import grant_read_objects, grant_write_objects


@dataclass(frozen=True)
class MultiModel:
    """All archives below ``prefix`` in ``bucket``; a request names the one that it wants.

    Upload ``<prefix>/<name>.tar.gz`` and the model can be invoked; a new version gets a new name, because the
    container keeps what it has loaded; delete the object to retire the model. ``caching`` keeps loaded models
    in memory; switch it off where each one is rarely asked for.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html
    """

    bucket: s3.IBucket
    prefix: str = "models"
    caching: bool = True

    def bind(self, role: iam.IRole) -> dict[str, object]:
        """The part of a ``ContainerDefinition`` that says so; ``role`` may read the models."""
        grant_read_objects(self.bucket, role, f"{self.prefix}/*")
        return {
            "mode": "MultiModel",
            "modelDataUrl": f"{self.bucket.s3_url_for_object(self.prefix)}/",
            "multiModelConfig": {"modelCacheSetting": "Enabled" if self.caching else "Disabled"},
        }

    def grant_publish(self, role: iam.IRole, below: str = "") -> None:
        """Let ``role`` add and retire models, all of them or those whose names start with ``below``."""
        pattern = f"{self.prefix}/{below}*"
        grant_write_objects(self.bucket, role, pattern)
        objects = self.bucket.arn_for_objects(pattern)
        role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:DeleteObject"], resources=[objects]))
