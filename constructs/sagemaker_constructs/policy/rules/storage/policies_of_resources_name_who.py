"""Resources for everybody."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.core.templates.policy_documents import DOCUMENTS, statements_of
from sagemaker_constructs.policy.policy_rule import (
    SECURITY_HUB,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_TYPES = tuple(each for each in DOCUMENTS if not each.startswith("AWS::IAM::"))
_LIMITS = (
    *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalTag"),
    *("aws:SourceAccount", "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceIp", "aws:SourceOrgID"),
    *("kms:CallerAccount", "s3:DataAccessPointAccount", "aws:userid"),
)


class PoliciesOfResourcesNameWho(PolicyRule):
    """Buckets, keys, images, topics, queues, secrets and model groups are for named principals, not for everybody."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(_TYPES, "policies-of-resources-name-who")
    page = f"{SECURITY_HUB}/s3-controls.html#s3-2"
    fix = "Name the principals, or add a condition on their account, organization or VPC endpoint."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::S3::BucketPolicy",
            {
                "Bucket": "data",
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/readers"}},
                            "Action": "s3:GetObject",
                            "Resource": "arn:aws:s3:::data/*",
                        }
                    ]
                },
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::S3::BucketPolicy",
            {
                "Bucket": "data",
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "s3:GetObject",
                            "Resource": "arn:aws:s3:::data/*",
                        }
                    ]
                },
            },
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement that allows something."""
        for statement in statements_of(subject.type, subject.properties):
            limited = statement.has_condition(*_LIMITS) and not statement.not_principals
            if statement.allows and statement.for_everybody and not limited:
                yield f"{statement.path}.Principal", f"everybody for {', '.join(statement.actions)}"
