"""Logical ids of what must not be replaced: data, and the policies that CloudFormation cannot have twice."""

import hashlib
import re

from aws_cdk import CfnResource
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.core.base_construct import path_within_stack


def keep_logical_id(resource: CfnResource, owner: IConstruct, *below: str) -> None:
    """Give ``resource`` the logical id that it would have at the path ``below`` under ``owner``.

    See https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html
    """
    parts = [*path_within_stack(owner).split("/"), *below]
    readable: list[str] = []
    for part in parts:
        if not readable or not readable[-1].endswith(part):
            readable.append(part)
    text = "".join(re.sub("[^A-Za-z0-9]", "", part) for part in readable if part != "Resource")
    digest = hashlib.md5("/".join(parts).encode(), usedforsecurity=False).hexdigest()[:8].upper()
    resource.override_logical_id(f"{text[:240]}{digest}")


def lead_with_sagemaker(bucket: s3.Bucket) -> None:
    """Start the bucket's logical id with ``SageMaker``, which CloudFormation repeats in the name it generates.

    The policies that SageMaker ships and its console's defaults reach for buckets with ``sagemaker`` in
    their names; naming the bucket outright would make a retained one block the next deployment.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol.html
    """
    parts = path_within_stack(bucket).split("/")
    readable = "".join(re.sub("[^A-Za-z0-9]", "", part) for part in parts if part not in ("Bucket", "Resource"))
    digest = hashlib.sha256("/".join([*parts, "Bucket"]).encode()).hexdigest()[:8].upper()
    default_child(bucket).override_logical_id(f"SageMaker{readable}{digest}")
    if bucket.policy:
        keep_logical_id(default_child(bucket.policy), bucket, "Bucket", "Policy", "Resource")
