from aws_cdk import RemovalPolicy, Stack
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.storage.encryption_key import EncryptionKey


def test_it_rotates_and_stays_when_its_stack_goes(stack: Stack) -> None:
    EncryptionKey(stack, "Key")
    Template.from_stack(stack).has_resource(
        "AWS::KMS::Key", {"DeletionPolicy": "RetainExceptOnCreate", "Properties": {"EnableKeyRotation": True}}
    )


def test_it_can_be_deleted_when_asked(stack: Stack) -> None:
    EncryptionKey(stack, "Key", removal_policy=RemovalPolicy.DESTROY)
    Template.from_stack(stack).has_resource("AWS::KMS::Key", {"DeletionPolicy": "Delete"})


def test_services_are_let_in_one_by_one_and_for_this_account_only(stack: Stack) -> None:
    key = EncryptionKey(stack, "Key")
    key.grant_log_groups()
    key.grant_alarm_topics()
    Template.from_stack(stack).has_resource_properties(
        "AWS::KMS::Key",
        {
            "KeyPolicy": {
                "Statement": [
                    Match.any_value(),
                    {
                        "Sid": "LogGroups",
                        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": Match.any_value()}},
                    },
                    {
                        "Sid": "AlarmTopics",
                        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                    },
                ]
            }
        },
    )
