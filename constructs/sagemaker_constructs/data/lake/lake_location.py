"""Folders of a lake whose objects Lake Formation hands out."""

from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.data.lake.lake_table import LakeTable
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects, grant_replace_objects


class LakeLocation(BaseConstruct):
    """Registers the objects below ``prefix`` of ``bucket`` with Lake Formation, which then hands out their rows.

    Only of registered tables can Lake Formation keep columns and rows back: a query gets credentials for what it was
    granted, and its role needs no right on the bucket, and should have none, as it would read past Lake Formation.
    Lake Formation reads, and with ``writable`` writes, as a role of its own.

    ``hybrid`` leaves roles with rights on the bucket as they are, and asks Lake Formation for those alone that have
    opted in, by CreateLakeFormationOptIn, which CloudFormation does not have; for all others, grants have no effect.

    Provisions: one ``AWS::LakeFormation::Resource``, and an ``AWS::IAM::Role``.
    Raises ``InvalidInput`` for a whole bucket.

    See https://docs.aws.amazon.com/lake-formation/latest/dg/register-data-lake.html and
    https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-mode.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket,
        prefix: str,
        writable: bool = False,
        hybrid: bool = False,
    ) -> None:
        super().__init__(scope, id)
        folder = prefix.strip("/")
        whole = "must name a folder: with a whole bucket, Lake Formation hands out whatever else is in it"
        reject(self, [None if folder else Problem("prefix", whole)])
        grants = Grants()
        grant_read_objects(bucket, grants, f"{folder}/*")
        if writable:
            grant_replace_objects(bucket, grants, f"{folder}/*")
        # Lake Formation documents no condition keys that it sends when it assumes a role.
        role = service_role(
            self,
            service=["lakeformation.amazonaws.com", "glue.amazonaws.com"],
            description=f"Reads for those whom Lake Formation lets read {self.path}",
            grants=grants,
        )
        self.arn: str = f"{bucket_facts(bucket).arn}/{folder}"
        self._url = f"{bucket_facts(bucket).url(folder)}/"
        self._resource = lakeformation.CfnResource(
            self,
            "Resource",
            resource_arn=self.arn,
            use_service_linked_role=False,
            role_arn=role.attr_arn,
            hybrid_access_enabled=hybrid,
        )

    def holds(self, table: LakeTable) -> bool:
        """Whether the objects of ``table`` are registered by this."""
        return table.url.startswith(self._url)
