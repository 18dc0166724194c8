"""One of the library's own Lambda functions, with a role and logs of its own."""

from collections.abc import Mapping
from typing import cast

import jsii
from aws_cdk import IgnoreMode, IStableAnyProducer, Lazy, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_principal import trust_policy
from sagemaker_constructs.core.acknowledgement import (
    FUNCTION_CHECKS,
    FUNCTION_CONTROLS,
    Findings,
    acknowledge_in_template,
    at_deployment,
)
from sagemaker_constructs.core.assets import asset_root, function_exclusions
from sagemaker_constructs.core.base_construct import BaseConstruct


class LibraryFunction(BaseConstruct):
    """The function ``lambdas/<code>`` with its handler, a role that may write its logs, and what ``allow`` adds.

    Provisions: an ``AWS::Lambda::Function`` (Python, 256 MB), an ``AWS::IAM::Role`` and an ``AWS::Logs::LogGroup``
    (kept one year, deleted with the stack).

    See https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        code: str,
        handler: str,
        description: str,
        timeout_seconds: int,
        holds: str = "",
        run_time: str = "",
        environment: Mapping[str, str] | None = None,
        grants: Grants | None = None,
        grows: bool = False,
    ) -> None:
        """What it does and holds, for those who ask why it needs no more protection, says ``holds`` of a function
        that CloudFormation alone calls, and ``run_time`` of any other.

        ``grows`` says whether ``allow`` will be called, so that the policy is only written with the template.
        """
        super().__init__(scope, id)
        reason = run_time or at_deployment(holds)
        group = logs.CfnLogGroup(self, "Logs", retention_in_days=365)
        group.apply_removal_policy(RemovalPolicy.DESTROY)
        self.log_group: str = group.ref
        acknowledge_in_template(group, *("CKV_AWS_158", "cloudwatch_log_group_encrypted_check"), reason=reason)
        self._grants = Grants()
        self._grants.allow("logs:CreateLogStream", "logs:PutLogEvents", on=group.attr_arn)
        if grants:
            self._grants.include(grants)
        policies = _Policies(self._grants)
        self._grows = grows
        self._role = iam.CfnRole(
            self,
            "Role",
            description=description,
            assume_role_policy_document=trust_policy("lambda.amazonaws.com"),
            policies=Lazy.any(cast(IStableAnyProducer, policies)) if grows else policies.produce(),
        )
        asset = s3_assets.Asset(
            self, "Code", path=str(asset_root()), ignore_mode=IgnoreMode.GIT, exclude=function_exclusions(code)
        )
        function = lambda_.CfnFunction(
            self,
            "Function",
            description=description,
            runtime="python3.13",
            architectures=["arm64"],
            handler=f"lambdas.{code}.{handler}",
            code={"s3Bucket": asset.s3_bucket_name, "s3Key": asset.s3_object_key},
            role=self._role.attr_arn,
            timeout=timeout_seconds,
            memory_size=256,
            logging_config={"logGroup": self.log_group},
            environment={"variables": dict(environment)} if environment else None,
        )
        acknowledge_in_template(function, *FUNCTION_CHECKS, reason=reason)
        self.arn: str = function.attr_arn
        findings = Findings(self)
        findings.rule("AwsSolutions-L1", reason="The newest Python that every region offers.")
        findings.control(*FUNCTION_CONTROLS, "CloudWatchLogGroupEncrypted", reason=reason)
        findings.inline_policy()
        if grows:
            findings.write()
            Findings(self).write_later(self._grants.accept)
        else:
            self._grants.accept(findings)
            findings.write()

    def allow(self, grants: Grants) -> None:
        """Let the function, which ``grows``, do what ``grants`` holds, beside what it may already."""
        if not self._grows:
            raise TypeError(f"{self.path} was made with all that it may do")
        self._grants.include(grants)


@jsii.implements(IStableAnyProducer)
class _Policies:
    """The role's policies, asked for when the template is written, with all that was allowed until then."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def produce(self) -> list[dict[str, object]]:
        return [{"policyName": "Default", "policyDocument": self._grants.document()}]
