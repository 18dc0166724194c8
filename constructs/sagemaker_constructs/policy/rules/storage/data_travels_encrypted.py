"""Connections to buckets."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.core.templates.policy_documents import statements_of
from sagemaker_constructs.policy.policy_rule import (
    SECURITY_HUB,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import used_by_sagemaker

TRAINER = resource(
    "AWS::IAM::Role",
    {
        "AssumeRolePolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                }
            ]
        },
        "Policies": [
            {
                "PolicyName": "Data",
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Data.Arn}/train/*"}}
                    ]
                },
            }
        ],
    },
)
"""A role that SageMaker assumes, and that reads the bucket ``Data``."""


class DataTravelsEncrypted(PolicyRule):
    """A bucket that SageMaker uses refuses connections without encryption."""

    ids: ClassVar[Mapping[str, str]] = {
        "AWS::S3::Bucket": "data-travels-encrypted",
        "AWS::S3::BucketPolicy": "data-travels-encrypted",
    }
    page = f"{SECURITY_HUB}/s3-controls.html#s3-5"
    fix = "Deny s3:* to everybody in the bucket's policy where aws:SecureTransport is false."
    compliant: ClassVar[Resources] = {
        "Trainer": TRAINER,
        "Data": resource("AWS::S3::Bucket"),
        "Policy": resource(
            "AWS::S3::BucketPolicy",
            {
                "Bucket": {"Ref": "Data"},
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [{"Fn::GetAtt": ["Data", "Arn"]}, {"Fn::Sub": "${Data.Arn}/*"}],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ]
                },
            },
        ),
    }
    broken: ClassVar[Resources] = {"Trainer": TRAINER, "Data": resource("AWS::S3::Bucket")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The policy, told at the policy if the bucket has one and otherwise at the bucket."""
        if subject.type == "AWS::S3::BucketPolicy":
            bucket = subject.landscape.referred(subject, subject.value("Bucket"))
            if bucket is not None and used_by_sagemaker(bucket) and not _refuses(subject):
                yield "PolicyDocument", "no refusal of connections without encryption"
        elif used_by_sagemaker(subject):
            policies = subject.landscape.of_type("AWS::S3::BucketPolicy")
            if not any(subject.landscape.referred(each, each.value("Bucket")) is subject for each in policies):
                yield "", "no bucket policy"


def _refuses(policy: TemplateResource) -> bool:
    return any(
        not each.allows
        and each.for_everybody
        and each.covers("s3:GetObject", "s3:PutObject") == ("s3:GetObject", "s3:PutObject")
        and any(name.endswith("aws:SecureTransport") and values == ("false",) for name, values in each.conditions)
        for each in statements_of(policy.type, policy.properties)
    )
