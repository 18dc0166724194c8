"""What an app and a server have in common: their artifacts, their role and their name."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.names import retained_name
from sagemaker_constructs.core.problems import Problem, matches, reject
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects, grant_write_objects
from sagemaker_constructs.tracking.mlflow_tracking import MlflowTracking

_NAMED = "Groups are named after MLflow's registered models, and versions are numbered."


class OwnedTracking(MlflowTracking):
    """An MLflow that a stack makes. Its runs are retained when the stack goes, and so are bucket and role.

    Only a deployment that fails to make it deletes it again, or ``removal_policy``.
    """

    kind: str
    """The name of the type after ``AWS::SageMaker::``."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: str,
        name: str | None,
        artifacts: s3.IBucket | None,
        artifact_prefix: str,
        role: iam.IRole | None,
        registers_models: bool,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        prefix = artifact_prefix.strip("/")
        wanted = "1 to 256 letters, digits and single hyphens"
        reject(
            self,
            [
                _region_problem(kind, self.location.region),
                matches("name", name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", wanted) if name is not None else None,
                None if prefix else Problem("artifact_prefix", "must not be empty: runs would fill the whole bucket"),
            ],
        )
        self.kind = kind
        # A name that the stack's identity is part of: what a stack has left does not hinder its successor.
        self.name: str = name or retained_name(self)
        self.artifacts: s3.IBucket = artifacts or EncryptedBucket.of(self)
        self.artifact_prefix: str = prefix
        grants = Grants()
        grant_read_objects(self.artifacts, grants, f"{prefix}/*")
        grant_write_objects(self.artifacts, grants, f"{prefix}/*")
        if registers_models:
            self._allow_registration(grants)
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Keeps the artifacts of {self.path}",
            log_groups=[],
            grants=grants,
        )
        self._execution_role.apply_removal_policy(removal_policy)
        self._artifact_url = bucket_facts(self.artifacts).url(prefix)

    @property
    def role(self) -> iam.IRole:
        """What MLflow reads and writes artifacts as."""
        return self._execution_role.role

    @property
    def _ready(self) -> Sequence[IDependable]:
        return self._execution_role.ready

    def _allow_registration(self, grants: Grants) -> None:
        groups = self.location.arn("sagemaker", "model-package-group", name="*")
        versions = self.location.arn("sagemaker", "model-package", name="*")
        grants.allow(
            "sagemaker:AddTags",
            "sagemaker:CreateModelPackage",
            "sagemaker:CreateModelPackageGroup",
            "sagemaker:DescribeModelPackageGroup",
            "sagemaker:UpdateModelPackage",
            on=[groups, versions],
            because=_NAMED,
        )


@cache
def tracking_regions(kind: str) -> tuple[str, ...]:
    """The regions that have the type ``AWS::SageMaker::<kind>``."""
    return tuple(json.loads(Path(__file__).with_name("mlflow_regions.json").read_text(encoding="utf-8"))[kind])


def _region_problem(kind: str, region: str) -> Problem | None:
    if is_token(region) or region in tracking_regions(kind):
        return None
    others = [other for other in ("MlflowApp", "MlflowTrackingServer") if region in tracking_regions(other)]
    instead = f"use {others[0]}" if others else "use one of another region, by from_arn"
    return Problem("", f"is not available in {region}; {instead}")
