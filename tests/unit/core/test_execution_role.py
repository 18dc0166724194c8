from aws_cdk import Stack
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of, statements
from sagemaker_constructs.core.access.execution_role import ExecutionRole


def test_only_sagemaker_of_this_account_can_assume_it(stack: Stack) -> None:
    ExecutionRole(stack, "Role", description="test", log_groups=["/aws/sagemaker/TrainingJobs"])
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "ManagedPolicyArns": Match.absent(),
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                        "Condition": {
                            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                            "ArnLike": {"aws:SourceArn": Match.any_value()},
                        },
                    }
                ]
            },
        },
    )


def test_it_starts_with_logs_and_metrics_only(stack: Stack) -> None:
    ExecutionRole(stack, "Role", description="test", log_groups=["/aws/sagemaker/TrainingJobs"])
    actions = {action for statement in statements(stack) for action in actions_of(statement)}
    assert actions == {
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "cloudwatch:PutMetricData",
    }
