"""Roles that read everything."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.core.templates.policy_documents import PolicyStatement
from sagemaker_constructs.policy.policy_rule import (
    IAM,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import IAM_TYPES, identity_statements
from sagemaker_constructs.policy.wildcards import is_everything

_DATA = re.compile(
    r"s3:(\*|(Get|Put|Delete|List|Restore|Replicate|Abort)?\*|(Get|Put|Delete)Object\S*|ListBucket\S*|PutBucketPolicy)$"
    r"|kms:(\*|Decrypt\*?|(Re)?Encrypt\S*|GenerateDataKey\S*|PutKeyPolicy|ScheduleKeyDeletion)$"
    r"|secretsmanager:(\*|Get(SecretValue|\*)|BatchGetSecretValue)$"
    r"|ssm:(\*|Get(Parameters?\S*|\*)|SendCommand|StartSession)$"
    r"|dynamodb:(\*|(Get|BatchGet|Put|BatchWrite|Update|Delete)\S*|Query|Scan)$"
    r"|ecr:(\*|BatchGetImage|PutImage|GetDownloadUrlForLayer)$"
    r"|athena:\*$|glue:\*$|redshift-data:\*$|lambda:(\*|Invoke\S*|UpdateFunctionCode)$|logs:\*$",
    re.IGNORECASE,
)


class DataIsNamed(PolicyRule):
    """A role reads and writes named buckets, keys, secrets, parameters, tables and images, not all of the account."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(IAM_TYPES, "data-is-named")
    page = f"{IAM}/best-practices.html#grant-least-privilege"
    fix = "Name the resources, or add a condition that does."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::training/*"}
                    ]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement about all resources, but for those with a condition."""
        for statement in identity_statements(subject):
            found = [each for each in statement.actions if _DATA.match(each)]
            if found and not statement.conditions and _is_for_all(statement):
                yield f"{statement.path}.Resource", f"{', '.join(statement.resources)} for {', '.join(found)}"


def _is_for_all(statement: PolicyStatement) -> bool:
    kinds = ("bucket", "key", "secret", "parameter", "table", "repository", "function", "log-group")
    return is_everything(statement, *kinds)
