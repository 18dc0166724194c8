"""A group of model packages, and who may use it."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Fn, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import retained_name
from sagemaker_constructs.core.problems import matches, reject

_DESCRIBED = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")


class ModelPackageGroup(BaseConstruct):
    """A group whose numbered versions are the candidates for one purpose, such as predicting churn.

    Group and versions are retained when their stack goes, but not when the deployment that makes the group fails.
    ``name`` defaults to one of the construct's path and the stack's identity, so that a stack that is made again does
    not collide with the group that it has left. ``description`` cannot be changed: another one replaces the group.

    Provisions: one ``AWS::SageMaker::ModelPackageGroup``.
    Raises ``InvalidInput`` for a name that SageMaker refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html
    """

    def __init__(self, scope: Construct, id: str, *, name: str | None = None, description: str | None = None) -> None:
        super().__init__(scope, id)
        if name is not None:
            wanted = "1 to 63 letters, digits and single hyphens"
            reject(self, [matches("name", name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", wanted)])
        self._own_name = retained_name(self) if name is None else name
        self._resource = sagemaker.CfnModelPackageGroup(
            self,
            "Resource",
            model_package_group_name=self._own_name,
            model_package_group_description=description,
        )
        # The stack's identity has another value in each stack that reads it: the group's ARN has not.
        self.name: str = Fn.select(1, Fn.split("/", self._resource.ref)) if name is None else name
        self._resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self._shared: list[str] = []

    @property
    def arn(self) -> str:
        """The group's ARN, which exists once the group does."""
        return self._resource.ref

    @property
    def versions_arn(self) -> str:
        """The pattern of the ARNs of its versions."""
        return self.location.arn("sagemaker", "model-package", name=f"{self.name}/*")

    def register_grants(self) -> Grants:
        """What it takes to add versions to the group."""
        grants = self.read_grants()
        grants.allow("sagemaker:CreateModelPackage", on=[self.arn, self.versions_arn], because=_NUMBERED)
        return grants

    def read_grants(self) -> Grants:
        """What it takes to find and describe its versions."""
        grants = Grants()
        grants.allow("sagemaker:DescribeModelPackageGroup", on=self.arn)
        grants.allow(*_DESCRIBED, on=[self.arn, self.versions_arn], because=_NUMBERED)
        return grants

    def grant_register(self, role: iam.IRole) -> None:
        """Let ``role`` add versions."""
        give(role, self.register_grants())

    def grant_read(self, role: iam.IRole) -> None:
        """Let ``role`` find and describe versions."""
        give(role, self.read_grants())

    def share_with(
        self,
        accounts: Sequence[str],
        *,
        artifacts: s3.IBucket | None = None,
        prefix: str = "",
        repository: ecr.IRepository | None = None,
    ) -> None:
        """Let other ``accounts`` deploy the group's versions.

        They may describe the group and its versions and make models of them; of ``artifacts`` they may read the
        objects below ``prefix``, with the key that encrypts the bucket, and they may pull the images of
        ``repository``. Each of those resources says so in its own policy, and has to belong to this app.

        Raises ``InvalidInput`` for what is no account of 12 digits.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html
        """
        reject(self, [matches("accounts", each, r"[0-9]{12}", "account numbers of 12 digits") for each in accounts])
        self._shared = sorted({*self._shared, *accounts})
        principals = {"AWS": [f"arn:{self.location.partition}:iam::{each}:root" for each in self._shared]}
        self._resource.model_package_group_policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "DescribeGroup",
                    "Effect": "Allow",
                    "Principal": principals,
                    "Action": "sagemaker:DescribeModelPackageGroup",
                    "Resource": self.location.arn("sagemaker", "model-package-group", name=self._own_name),
                },
                {
                    "Sid": "DeployVersions",
                    "Effect": "Allow",
                    "Principal": principals,
                    "Action": [*_DESCRIBED, "sagemaker:CreateModel"],
                    "Resource": self.location.arn("sagemaker", "model-package", name=f"{self._own_name}/*"),
                },
            ],
        }
        for account in accounts:
            reader = cast(iam.IGrantable, iam.AccountPrincipal(account))
            if artifacts:
                artifacts.grant_read(reader, f"{prefix.strip('/')}/*" if prefix else "*")
            if repository:
                repository.grant_pull(reader)


_NUMBERED = "Versions of the group are numbered when they are registered."
