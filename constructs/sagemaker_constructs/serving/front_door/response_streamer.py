"""The function that passes a response stream through a front door."""

import json
from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import (
    acknowledge,
    acknowledge_control,
    acknowledge_in_template,
    default_child,
)
from sagemaker_constructs.core.assets import function_code
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase


class ResponseStreamer(BaseConstruct):
    """A function that hands a call to ``endpoint``, and each part of the answer back as soon as it is there.

    API Gateway streams answers of Lambda functions, and none of AWS services. Content types other than
    ``content_types`` are refused with 415. Every answer allows ``allowed_origin``, unless it is None, to read it.

    Provisions: an ``AWS::Lambda::Function`` (Node.js, 256 MB) with an encrypted log group (kept one year) and a role
    that may invoke this endpoint and nothing else.

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: EndpointBase,
        encryption_key: kms.IKey,
        content_types: Sequence[str],
        timeout: Duration,
        allowed_origin: str | None,
    ) -> None:
        super().__init__(scope, id)
        self._timeout = timeout
        log_group = logs.LogGroup(
            self,
            "Logs",
            encryption_key=encryption_key,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self,
            "Role",
            description=f"Streams answers of {endpoint.endpoint_name}",
            assumed_by=service_principal("lambda.amazonaws.com"),
        )
        log_group.grant_write(cast(iam.IGrantable, role))
        endpoint.grant_invoke(cast(iam.IGrantable, role))
        self.function: lambda_.Function = lambda_.Function(
            self,
            "Function",
            description=f"Streams answers of {endpoint.endpoint_name}",
            runtime=lambda_.Runtime.NODEJS_22_X,
            architecture=lambda_.Architecture.ARM_64,
            handler="lambdas/stream/handler.handler",
            code=function_code("stream"),
            role=cast(iam.IRole, role),
            timeout=timeout,
            memory_size=256,
            log_group=cast(logs.ILogGroup, log_group),
            environment={
                "ENDPOINT_NAME": endpoint.endpoint_name,
                "CONTENT_TYPES": json.dumps(list(content_types)),
                **({"ALLOWED_ORIGIN": allowed_origin} if allowed_origin else {}),
            },
        )
        self._acknowledge(role)

    def integration(self) -> apigateway.LambdaIntegration:
        """What a method of the API needs to stream."""
        return apigateway.LambdaIntegration(
            cast(lambda_.IFunction, self.function),
            allow_test_invoke=False,
            response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
            timeout=self._timeout,
        )

    def _acknowledge(self, role: iam.Role) -> None:
        waiting = (
            "API Gateway calls this function while its caller waits, throttles before it, and hands errors back; "
            "it reaches the SageMaker runtime only, and its environment holds names, no data."
        )
        acknowledge_control(role, "IAMNoInlinePolicy", reason="The policy belongs to this one role and endpoint.")
        acknowledge(self.function, "AwsSolutions-L1", reason="The newest Node.js that every region offers.")
        acknowledge_control(self.function, "LambdaConcurrency", "LambdaDLQ", "LambdaInsideVPC", reason=waiting)
        acknowledge_in_template(
            default_child(self.function),
            "CKV_AWS_115",
            "CKV_AWS_116",
            "CKV_AWS_117",
            "CKV_AWS_173",
            "lambda_inside_vpc_check",
            reason=waiting,
        )
