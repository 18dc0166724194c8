"""Writes which properties CloudFormation replaces a resource for: ``python -m tools.create_only``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

TARGET = Path("constructs/sagemaker_constructs/plan/create_only.json")
SERVICES = frozenset(
    (
        *("ApiGateway", "ApiGatewayV2", "ApplicationAutoScaling", "Athena", "Backup", "Batch"),
        *("Budgets", "CertificateManager", "CloudWatch", "CodeBuild", "CodeConnections"),
        *("CodePipeline", "Cognito", "DynamoDB", "EC2", "ECR", "EFS", "EMRServerless", "ElasticLoadBalancingV2"),
        *("Events", "Glue", "IAM", "KMS", "Kinesis", "KinesisFirehose", "LakeFormation"),
        *("Lambda", "Logs", "RAM", "RDS", "RedshiftServerless", "Route53", "S3", "SNS"),
        *("SQS", "SSM", "SageMaker", "Scheduler", "SecretsManager", "StepFunctions", "WAFv2"),
    )
)
"""What stands around SageMaker; a resource of another service is said to be replaced perhaps."""
_SHARED = {"DomainName"}
"""Names that several resources may have."""


def excerpt_text() -> str:
    """The content of the file: one line for each type."""
    types = sorted(cast(Any, PROVIDER_SCHEMA_MANAGER).get_resource_types("us-east-1"))
    lines = [
        f"{json.dumps(kind)}: {json.dumps(_of(kind), separators=(',', ':'))}"
        for kind in types
        if kind.startswith("AWS::") and kind.split("::")[1] in SERVICES
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _of(kind: str) -> Mapping[str, list[str]]:
    schema = cast(Any, PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind)).schema

    def paths(name: str) -> list[str]:
        return [str(pointer).removeprefix("/properties/") for pointer in schema.get(name, [])]

    always, read_only = paths("createOnlyProperties"), paths("readOnlyProperties")
    own = kind.rpartition("::")[2]
    names = [
        each
        for each in always
        if each not in read_only
        and each.endswith("Name")
        and each not in _SHARED
        and (each == "Name" or own.endswith(each.removesuffix("Name")) or each in paths("primaryIdentifier"))
    ]
    found = {"always": always, "perhaps": paths("conditionalCreateOnlyProperties"), "names": names}
    return {name: some for name, some in found.items() if some}


if __name__ == "__main__":
    TARGET.write_text(excerpt_text(), encoding="utf-8")
