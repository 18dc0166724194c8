"""An endpoint behind a REST API, without code in between unless it streams."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import acknowledge, acknowledge_control
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import seconds
from sagemaker_constructs.core.problems import Problem, positive, reject
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.front_door.account_log_role import AccountLogRole
from sagemaker_constructs.serving.front_door.front_door_authorization import FrontDoorAuthorization
from sagemaker_constructs.serving.front_door.response_streamer import ResponseStreamer
from sagemaker_constructs.storage.encryption_key import EncryptionKey

LONGEST_WAIT_SECONDS = 29
LONGEST_STREAM_SECONDS = 480
_ALLOWED_ORIGIN = "Access-Control-Allow-Origin"
_PREFLIGHT_HEADERS = ("Content-Type", "Authorization", "X-Api-Key", "X-Amz-Date", "X-Amz-Security-Token")
_TEXT = re.compile(r"text/.+|application/(.+\+)?(json|jsonlines|xml|csv|jsonl|x-ndjson|x-www-form-urlencoded)(;.*)?")


class FrontDoor(BaseConstruct):
    """``POST /invocations`` of a regional REST API, handed to ``endpoint`` as it is.

    Callers are admitted by ``authorization``: IAM signatures by default, a Cognito user pool, or API keys with a
    usage plan. Bodies of type ``application/json`` are checked against ``request_schema`` (JSON schema draft 4)
    before the model sees them; other types of text pass when ``content_types`` names them. All callers together
    are throttled to ``requests_per_second`` with bursts of ``burst``. Browsers of other origins are let in only
    when ``allow_origins`` names them: the preflight answers each with its own name, all other answers name a
    single origin, or ``*`` for several. Every call is logged, without its body, for one year.

    The endpoint's own errors become 400, 424 (the model failed) and 502. API Gateway waits at most 29 seconds
    and takes at most 10 MB, whatever the endpoint may.

    ``streaming`` hands each part of an answer on as soon as the model has it, through a function that calls
    InvokeEndpointWithResponseStream: API Gateway does not stream what AWS services answer. Answers may then take
    8 minutes and be larger; a model that fails midway ends the body early, when the status has long been sent. A
    request may have 6 MB then, as functions take no more, and the connection ends after 5 minutes without a part.

    Provisions: an ``AWS::ApiGateway::RestApi`` with stage, method, request validator and model, an encrypted log
    group, a role that may invoke this endpoint and nothing else, and an ``AWS::WAFv2::WebACLAssociation`` when
    ``web_acl_arn`` is given. API Gateway can only write logs once its account-wide role is set: an
    ``AccountLogRole`` sets it where there is none, and never replaces another. Pass ``account_role=False`` where the
    account is set up already, and nobody may look.
    With ``streaming``: a ``ResponseStreamer`` instead of the role.
    Raises ``InvalidInput`` for rates of 0 or less, a wait over 29 seconds (480 with ``streaming``), no content type,
    one of binary bodies, which API Gateway would take for text, and asynchronous endpoints.

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: EndpointBase,
        encryption_key: kms.IKey | None = None,
        authorization: FrontDoorAuthorization | None = None,
        request_schema: apigateway.JsonSchema | None = None,
        content_types: Sequence[str] = ("application/json",),
        requests_per_second: float = 50,
        burst: int = 100,
        timeout: Duration | None = None,
        streaming: bool = False,
        allow_origins: Sequence[str] = (),
        web_acl_arn: str | None = None,
        account_role: bool = True,
    ) -> None:
        super().__init__(scope, id)
        key = encryption_key or EncryptionKey.of(self)
        longest = LONGEST_STREAM_SECONDS if streaming else LONGEST_WAIT_SECONDS
        wait = timeout or seconds(longest)
        reject(
            self, [_endpoint_problem(endpoint), *_problems(requests_per_second, burst, wait, longest, content_types)]
        )
        log_group = logs.LogGroup(
            self,
            "AccessLogs",
            encryption_key=key,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.api: apigateway.RestApi = apigateway.RestApi(
            self,
            "Api",
            description=f"Front door of {endpoint.endpoint_name}",
            endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL]),
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name="v1",
                access_log_destination=cast(
                    apigateway.IAccessLogDestination,
                    apigateway.LogGroupLogDestination(cast(logs.ILogGroup, log_group)),
                ),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=True,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=True,
                ),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=requests_per_second,
                throttling_burst_limit=burst,
            ),
        )
        if account_role:
            self.api.deployment_stage.node.add_dependency(AccountLogRole.of(self).resource)
        admission = (authorization or FrontDoorAuthorization.iam()).bind(self, self.api)
        resource = self.api.root.add_resource("invocations")
        if allow_origins:
            resource.add_cors_preflight(
                allow_origins=list(allow_origins), allow_methods=["POST"], allow_headers=list(_PREFLIGHT_HEADERS)
            )
            for name, kind in (
                ("Refusals", apigateway.ResponseType.DEFAULT_4_XX),
                ("Failures", apigateway.ResponseType.DEFAULT_5_XX),
            ):
                self.api.add_gateway_response(
                    name,
                    type=kind,
                    response_headers={_ALLOWED_ORIGIN: f"'{_answered_origin(allow_origins)}'"},
                )
        streamer = (
            ResponseStreamer(
                self,
                "Streamer",
                endpoint=endpoint,
                encryption_key=key,
                content_types=content_types,
                timeout=wait,
                allowed_origin=_answered_origin(allow_origins),
            )
            if streaming
            else None
        )
        self.method: apigateway.Method = resource.add_method(
            "POST",
            streamer.integration() if streamer else self._integration(endpoint, wait, content_types, allow_origins),
            authorization_type=admission.type,
            authorizer=admission.authorizer,
            api_key_required=admission.api_key_required,
            request_validator=self.api.add_request_validator(
                "Validator", validate_request_body=True, validate_request_parameters=True
            ),
            request_parameters={"method.request.header.Content-Type": True},
            request_models=self._models(request_schema),
            method_responses=[
                apigateway.MethodResponse(
                    status_code=code,
                    response_parameters={f"method.response.header.{_ALLOWED_ORIGIN}": True}
                    if allow_origins
                    else None,
                )
                for code in ("200", "400", "424", "502")
            ],
        )
        self.url: str = self.api.url_for_path("/invocations")
        if web_acl_arn:
            wafv2.CfnWebACLAssociation(
                self, "WebAcl", resource_arn=self.api.deployment_stage.stage_arn, web_acl_arn=web_acl_arn
            )
        self._acknowledge(admission.type, bool(web_acl_arn), bool(allow_origins))

    def grant_call(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the API, where callers sign with IAM."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["execute-api:Invoke"], resource_arns=[self.method.method_arn]
        )

    def _integration(
        self, endpoint: EndpointBase, wait: Duration, content_types: Sequence[str], allow_origins: Sequence[str]
    ) -> apigateway.AwsIntegration:
        origin = _answered_origin(allow_origins)
        headers = {f"method.response.header.{_ALLOWED_ORIGIN}": f"'{origin}'"} if origin else None
        role = iam.Role(
            self,
            "Role",
            description=f"Lets API Gateway invoke {endpoint.endpoint_name}",
            # No aws:SourceAccount or aws:SourceArn: API Gateway sends neither when it assumes the role.
            assumed_by=service_principal("apigateway.amazonaws.com"),
        )
        endpoint.grant_invoke(cast(iam.IGrantable, role))
        acknowledge_control(role, "IAMNoInlinePolicy", reason="The policy belongs to this one role and endpoint.")
        return apigateway.AwsIntegration(
            service="runtime.sagemaker",
            path=f"endpoints/{endpoint.endpoint_name}/invocations",
            options=apigateway.IntegrationOptions(
                credentials_role=cast(iam.IRole, role),
                timeout=wait,
                passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
                request_parameters={"integration.request.header.Content-Type": "method.request.header.Content-Type"},
                request_templates=dict.fromkeys(content_types, "$input.body"),
                integration_responses=[
                    apigateway.IntegrationResponse(
                        status_code=code, selection_pattern=pattern, response_parameters=headers
                    )
                    for code, pattern in (("200", None), ("424", "424"), ("400", r"4(?!24)\d{2}"), ("502", r"5\d{2}"))
                ],
            ),
        )

    def _models(self, schema: apigateway.JsonSchema | None) -> Mapping[str, apigateway.IModel] | None:
        if schema is None:
            return None
        model = self.api.add_model("Request", schema=schema, content_type="application/json")
        return {"application/json": cast(apigateway.IModel, model)}

    def _acknowledge(self, authorization: apigateway.AuthorizationType, has_firewall: bool, has_cors: bool) -> None:
        if authorization != apigateway.AuthorizationType.COGNITO:
            acknowledge(
                self.method,
                "AwsSolutions-COG4",
                reason="Callers are services that sign with IAM, or hold an API key of a usage plan.",
            )
        if authorization == apigateway.AuthorizationType.NONE:
            acknowledge(
                self.method,
                "AwsSolutions-APIG4",
                reason="Every call needs an API key of the usage plan.",
            )
        acknowledge_control(
            self.api,
            "APIGWCacheEnabledAndEncrypted",
            "APIGWSSLEnabled",
            reason="Answers of a model are not cached; AWS services, not a server of ours, stand behind the API.",
        )
        if not has_firewall:
            firewall = "Callers are known and throttled; pass web_acl_arn to put a firewall in front."
            acknowledge(self.api, "AwsSolutions-APIG3", reason=firewall)
            acknowledge_control(self.api, "APIGWAssociatedWithWAF", reason=firewall)
        if has_cors:
            acknowledge(
                self.api,
                "AwsSolutions-APIG4",
                "AwsSolutions-COG4",
                reason="A browser's preflight request carries no credentials; it only returns the allowed origins.",
            )


def _endpoint_problem(endpoint: EndpointBase) -> Problem | None:
    """Rule: callers wait for the answer.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
    """
    if not endpoint.asynchronous:
        return None
    return Problem("endpoint", "must answer while the caller waits, got: an asynchronous one, invoked by an upload")


def _problems(
    requests_per_second: float, burst: int, wait: Duration, longest: int, content_types: Sequence[str]
) -> Iterator[Problem | None]:
    yield positive("requests_per_second", requests_per_second)
    yield positive("burst", burst)
    if not 0 < wait.to_seconds() <= longest:
        yield Problem("timeout", f"must be at most {longest} seconds, got: {wait.to_human_string()}")
    if not content_types:
        yield Problem("content_types", "must name at least one type, got: none")
    binary = [each for each in content_types if not is_token(each) and not _TEXT.fullmatch(each)]
    if binary:
        yield Problem("content_types", f"must be types of text, got: {', '.join(binary)}")


def _answered_origin(allow_origins: Sequence[str]) -> str | None:
    """The one value for all answers. Calls that carry a type, a key or a signature need a preflight, which tells
    origins apart."""
    return next(iter(allow_origins)) if len(allow_origins) == 1 else "*" if allow_origins else None
