"""A table of what one of the library's functions has to remember for some weeks."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import Findings, acknowledge_in_template


class ExpiringTable:
    """An ``AWS::DynamoDB::Table`` of items by ``key``, each of which goes when its ``Expires`` has passed.

    It is deleted with its stack, and has no backup: ``holds`` says why nothing of it has to be restored.
    """

    def __init__(self, scope: Construct, id: str, *, key: str, holds: str) -> None:
        self.resource: dynamodb.CfnTable = dynamodb.CfnTable(
            scope,
            id,
            attribute_definitions=[
                dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=key, attribute_type="S")
            ],
            key_schema=[dynamodb.CfnTable.KeySchemaProperty(attribute_name=key, key_type="HASH")],
            billing_mode="PAY_PER_REQUEST",
            time_to_live_specification={"attributeName": "Expires", "enabled": True},
        )
        self.resource.apply_removal_policy(RemovalPolicy.DESTROY)
        findings = Findings(self.resource)
        findings.rule("AwsSolutions-DDB3", reason=holds)
        findings.control("DynamoDBInBackupPlan", "DynamoDBPITREnabled", reason=holds)
        findings.control("DynamoDBAutoScalingEnabled", reason="On-demand capacity scales by itself.")
        findings.write()
        rules = ("CKV_AWS_28", "CKV_AWS_119", "dynamodb_pitr_enabled", "dynamodb_table_encrypted_kms_check")
        acknowledge_in_template(self.resource, *rules, reason=holds)
        self.name: str = self.resource.ref
        self.arn: str = self.resource.attr_arn
