"""The role with which API Gateway writes logs: one for each account and region."""

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_principal import trust_policy
from sagemaker_constructs.core.acknowledgement import acknowledge
from sagemaker_constructs.core.base_construct import BaseConstruct, singleton
from sagemaker_constructs.core.library_function import LibraryFunction

_ID = "SageMakerApiLogRole"
_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class AccountLogRole(BaseConstruct):
    """Gives API Gateway a role for its logs where the account has none in this region; one that is set stays.

    ``AWS::ApiGateway::Account`` would replace whatever role is set, and with it the logs of everybody else's APIs.
    One per stack: take it with ``AccountLogRole.of(scope)``, and let each stage depend on ``resource``. Deleting the
    stack leaves role and setting, as other APIs may have come to use them.

    Provisions: an ``AWS::IAM::Role`` with the policy that AWS maintains for it, one custom resource, and an
    ``AWS::Lambda::Function`` that runs at deployment, with a role that may read and change this setting, and a log
    group.

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        location = self.location
        writer = f"arn:{location.partition}:iam::aws:policy/{_POLICY}"
        role = iam.CfnRole(
            self,
            "Role",
            description="Writes the logs of API Gateway",
            assume_role_policy_document=trust_policy("apigateway.amazonaws.com"),
            managed_policy_arns=[writer],
        )
        # Also when the deployment fails that has made it: the setting refers to it by then.
        role.apply_removal_policy(RemovalPolicy.RETAIN)
        acknowledge(
            self,
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_POLICY}]",
            reason="The account-wide log role of API Gateway: AWS maintains this policy for it.",
        )
        grants = Grants()
        account = f"arn:{location.partition}:apigateway:{location.region}::/account"
        grants.allow("apigateway:GET", "apigateway:PATCH", on=account)
        grants.allow("iam:PassRole", on=role.attr_arn)
        function = LibraryFunction(
            self,
            "Function",
            code="log_role",
            handler="handler.handler",
            description="Gives API Gateway a role for its logs where it has none",
            timeout_seconds=180,
            holds="It reads and changes one setting of API Gateway, and holds no data.",
            grants=grants,
        )
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerApiLogRole",
            properties={"ServiceToken": function.arn, "RoleArn": role.attr_arn},
        )

    @staticmethod
    def of(scope: Construct) -> "AccountLogRole":
        """The one of the stack around ``scope``, made when it is first asked for."""
        return singleton(scope, _ID, AccountLogRole)
