"""How a generated bucket name comes to contain ``sagemaker``."""

import hashlib
import re

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.acknowledgement import default_child


def lead_with_sagemaker(bucket: s3.Bucket) -> None:
    """Start the bucket's logical id with ``SageMaker``, which CloudFormation repeats in the name it generates.

    The policies that SageMaker ships and its console's defaults reach for buckets with ``sagemaker`` in
    their names; naming the bucket outright would make a retained one block the next deployment.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol.html
    """
    stack = Stack.of(bucket)
    path = bucket.node.path.removeprefix(f"{stack.node.path}/").split("/")
    readable = "".join(re.sub("[^A-Za-z0-9]", "", part) for part in path if part not in ("Bucket", "Resource"))
    digest = hashlib.sha256("/".join(path).encode()).hexdigest()[:8].upper()
    default_child(bucket).override_logical_id(f"SageMaker{readable}{digest}")
