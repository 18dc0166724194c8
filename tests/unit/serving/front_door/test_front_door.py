from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.front_door.front_door import FrontDoor
from sagemaker_constructs.serving.front_door.front_door_authorization import FrontDoorAuthorization


def _door(stack: Stack, key: kms.IKey, **arguments: Any) -> FrontDoor:
    endpoint = ImportedEndpoint(stack, "Theirs", endpoint_name="churn")
    return FrontDoor(stack, "Door", endpoint=endpoint, encryption_key=key, **arguments)


def _method(stack: Stack, verb: str = "POST") -> dict[str, Any]:
    methods = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    [method] = [method["Properties"] for method in methods if method["Properties"]["HttpMethod"] == verb]
    return method


def test_calls_go_straight_to_the_endpoint_with_a_role_for_it_alone(stack: Stack, key: kms.IKey) -> None:
    _door(stack, key)
    integration = _method(stack)["Integration"]
    assert integration["Uri"] == "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/churn/invocations"
    assert integration["PassthroughBehavior"] == "NEVER"
    assert integration["TimeoutInMillis"] == 29_000
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": [{"Action": ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]}]
            }
        },
    )


def test_the_role_asks_for_nothing_that_api_gateway_does_not_send(stack: Stack, key: kms.IKey) -> None:
    _door(stack, key)
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    trusts = [role["Properties"]["AssumeRolePolicyDocument"]["Statement"] for role in roles]
    assert all("Condition" not in statement for [statement] in trusts)


ORIGIN = "method.response.header.Access-Control-Allow-Origin"


@pytest.mark.parametrize(
    ("origins", "answered"),
    [
        (["https://a.example.com"], "'https://a.example.com'"),
        (["https://a.example.com", "https://b.example.com"], "'*'"),
    ],
)
def test_a_browser_may_read_every_answer(stack: Stack, key: kms.IKey, origins: list[str], answered: str) -> None:
    _door(stack, key, allow_origins=origins)
    method = _method(stack)
    assert all(each["ResponseParameters"] == {ORIGIN: True} for each in method["MethodResponses"])
    responses = method["Integration"]["IntegrationResponses"]
    assert [each["ResponseParameters"] for each in responses] == [{ORIGIN: answered}] * 4
    own = Template.from_stack(stack).find_resources("AWS::ApiGateway::GatewayResponse").values()
    assert {each["Properties"]["ResponseType"]: each["Properties"]["ResponseParameters"] for each in own} == {
        f"DEFAULT_{digit}XX": {"gatewayresponse.header.Access-Control-Allow-Origin": answered} for digit in (4, 5)
    }
    [preflight] = _method(stack, "OPTIONS")["Integration"]["IntegrationResponses"]
    allowed = preflight["ResponseParameters"]["method.response.header.Access-Control-Allow-Headers"]
    assert {"Content-Type", "Authorization", "X-Api-Key"} <= set(allowed.strip("'").split(","))


def test_a_browser_may_read_a_stream(stack: Stack, key: kms.IKey) -> None:
    _door(stack, key, allow_origins=["https://a.example.com"], streaming=True, account_role=False)
    [function] = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    assert function["Properties"]["Environment"]["Variables"]["ALLOWED_ORIGIN"] == "https://a.example.com"


@pytest.mark.parametrize("streaming", [False, True])
def test_bodies_of_text_pass_and_binary_ones_are_refused(stack: Stack, key: kms.IKey, streaming: bool) -> None:
    text = ["text/csv", "application/json", "application/x.own+json; version=1", "application/jsonlines"]
    binary = ["application/x-npy", "image/png", "application/octet-stream"]
    with pytest.raises(InvalidInput, match=r"content_types must be types of text, got: " + ", ".join(binary)):
        _door(stack, key, content_types=[*text, *binary], streaming=streaming)


def test_callers_sign_with_iam_and_browsers_stay_out(stack: Stack, key: kms.IKey) -> None:
    door = _door(stack, key)
    caller = iam.Role(stack, "Caller", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    door.grant_call(cast(iam.IGrantable, caller))
    template = Template.from_stack(stack)
    assert _method(stack)["AuthorizationType"] == "AWS_IAM"
    template.resource_count_is("AWS::ApiGateway::Method", 1)
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {"PolicyDocument": {"Statement": [Match.object_like({"Action": "execute-api:Invoke"})]}},
    )


def test_every_call_is_logged_encrypted_and_throttled(stack: Stack, key: kms.IKey) -> None:
    _door(stack, key, requests_per_second=5, burst=7)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Logs::LogGroup", {"RetentionInDays": 365, "KmsKeyId": stack.resolve(key.key_arn)}
    )
    template.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {
            "AccessLogSetting": {"DestinationArn": Match.any_value()},
            "MethodSettings": [
                Match.object_like(
                    {
                        "ThrottlingRateLimit": 5,
                        "ThrottlingBurstLimit": 7,
                        "MetricsEnabled": True,
                        "DataTraceEnabled": False,
                    }
                )
            ],
        },
    )


def test_bodies_are_checked_before_the_model_sees_them(stack: Stack, key: kms.IKey) -> None:
    schema = apigateway.JsonSchema(type=apigateway.JsonSchemaType.OBJECT, required=["instances"])
    _door(stack, key, request_schema=schema)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ApiGateway::RequestValidator", {"ValidateRequestBody": True, "ValidateRequestParameters": True}
    )
    template.has_resource_properties(
        "AWS::ApiGateway::Model", {"Schema": {"required": ["instances"]}, "ContentType": "application/json"}
    )
    assert list(_method(stack)["RequestModels"]) == ["application/json"]


def test_the_model_s_errors_keep_their_kind(stack: Stack, key: kms.IKey) -> None:
    _door(stack, key)
    responses = _method(stack)["Integration"]["IntegrationResponses"]
    assert [(each["StatusCode"], each.get("SelectionPattern")) for each in responses] == [
        ("200", None),
        ("424", "424"),
        ("400", r"4(?!24)\d{2}"),
        ("502", r"5\d{2}"),
    ]


def test_api_keys_come_with_a_plan(stack: Stack, key: kms.IKey) -> None:
    plan = FrontDoorAuthorization.api_key(requests_per_second=2, burst=4, requests_per_day=1000)
    _door(stack, key, authorization=plan)
    assert _method(stack)["ApiKeyRequired"] is True
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApiGateway::UsagePlan",
        {"Quota": {"Limit": 1000, "Period": "DAY"}, "Throttle": {"RateLimit": 2, "BurstLimit": 4}},
    )


def test_cognito_pools_admit_their_users(stack: Stack, key: kms.IKey) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "us-east-1_abcdefghi")
    _door(stack, key, authorization=FrontDoorAuthorization.cognito([pool]))
    assert _method(stack)["AuthorizationType"] == "COGNITO_USER_POOLS"
    Template.from_stack(stack).has_resource_properties("AWS::ApiGateway::Authorizer", {"Type": "COGNITO_USER_POOLS"})


def test_what_is_asked_for_is_added(stack: Stack, key: kms.IKey) -> None:
    _door(
        stack,
        key,
        allow_origins=["https://app.example.com"],
        web_acl_arn="arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b",
        content_types=["text/csv"],
        timeout=Duration.seconds(5),
        account_role=False,
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::WAFv2::WebACLAssociation", 1)
    template.resource_count_is("AWS::ApiGateway::Account", 0)
    assert _method(stack, "OPTIONS")["AuthorizationType"] == "NONE"
    assert list(_method(stack)["Integration"]["RequestTemplates"]) == ["text/csv"]
    assert _method(stack)["Integration"]["TimeoutInMillis"] == 5000


def test_all_mistakes_are_named_at_once(stack: Stack, key: kms.IKey) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _door(stack, key, requests_per_second=0, burst=0, timeout=Duration.minutes(1), content_types=[])
    assert refusal.value.lines == (
        "Stack/Door: requests_per_second must be greater than 0, got: 0",
        "Stack/Door: burst must be greater than 0, got: 0",
        "Stack/Door: timeout must be at most 29 seconds, got: 1 minute",
        "Stack/Door: content_types must name at least one type, got: none",
    )


def test_a_plan_of_nothing_and_no_pool_are_refused(stack: Stack, key: kms.IKey) -> None:
    plan = FrontDoorAuthorization.api_key(requests_per_second=0, burst=4, requests_per_day=1000)
    with pytest.raises(InvalidInput, match=r"api_key\.requests_per_second must be greater than 0, got: 0"):
        _door(stack, key, authorization=plan)
    endpoint = ImportedEndpoint(stack, "Other", endpoint_name="churn")
    with pytest.raises(InvalidInput, match="user_pools must name at least one pool"):
        FrontDoor(
            stack,
            "Second",
            endpoint=endpoint,
            encryption_key=key,
            authorization=FrontDoorAuthorization.cognito([]),
        )


def test_a_stream_passes_a_function_that_may_invoke_this_endpoint_only(stack: Stack, key: kms.IKey) -> None:
    door = _door(stack, key, streaming=True, content_types=["text/csv"], requests_per_second=5, account_role=False)
    integration = _method(stack)["Integration"]
    assert (integration["Type"], integration["ResponseTransferMode"]) == ("AWS_PROXY", "STREAM")
    assert integration["TimeoutInMillis"] == 480_000
    uri = "".join(part for part in integration["Uri"]["Fn::Join"][1] if isinstance(part, str))
    assert uri.endswith("/response-streaming-invocations")
    template = Template.from_stack(stack)
    [function] = template.find_resources("AWS::Lambda::Function").values()
    assert function["Properties"]["Runtime"] == "nodejs22.x"
    assert function["Properties"]["Timeout"] == 480
    assert function["Properties"]["Environment"] == {
        "Variables": {"ENDPOINT_NAME": "churn", "CONTENT_TYPES": '["text/csv"]'}
    }
    policies = template.find_resources("AWS::IAM::Policy").values()
    [statements] = [policy["Properties"]["PolicyDocument"]["Statement"] for policy in policies]
    assert sorted(action for statement in statements for action in statement["Action"]) == [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sagemaker:InvokeEndpoint",
        "sagemaker:InvokeEndpointWithResponseStream",
    ]
    assert _method(stack)["AuthorizationType"] == "AWS_IAM"
    template.has_resource_properties(
        "AWS::ApiGateway::Stage", {"MethodSettings": [Match.object_like({"ThrottlingRateLimit": 5})]}
    )
    assert door.url


def test_the_function_that_streams_brings_its_code_and_no_other(app: cdk.App, stack: Stack, key: kms.IKey) -> None:
    _door(stack, key, streaming=True, account_role=False)
    out = Path(app.synth().directory)
    [folder] = out.glob("asset.*")
    assets = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert {path for path in assets if not path.startswith("lambdas/common/")} == {
        "lambdas/__init__.py",
        "lambdas/stream/handler.mjs",
        "lambdas/stream/logic.mjs",
    }


def test_the_account_s_log_role_is_set_before_the_stage_and_nobody_else_s_is_replaced(
    stack: Stack, key: kms.IKey
) -> None:
    for name in ("One", "Two"):
        endpoint = ImportedEndpoint(stack, f"{name}Endpoint", endpoint_name="churn")
        FrontDoor(stack, name, endpoint=endpoint, encryption_key=key)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::ApiGateway::Account", 0)
    [(name, resource)] = template.find_resources("Custom::SageMakerApiLogRole").items()
    [role] = resource["Properties"]["RoleArn"]["Fn::GetAtt"][:1]
    assert template.find_resources("AWS::IAM::Role")[role]["DeletionPolicy"] == "Retain"
    stages = template.find_resources("AWS::ApiGateway::Stage").values()
    assert [name in stage["DependsOn"] for stage in stages] == [True, True]


def test_a_stream_may_take_eight_minutes_and_no_longer(stack: Stack, key: kms.IKey) -> None:
    with pytest.raises(InvalidInput, match="timeout must be at most 480 seconds, got: 9 minutes"):
        _door(stack, key, streaming=True, timeout=Duration.minutes(9))


@pytest.mark.parametrize("kind", ["iam", "api_key", "cors", "streaming"])
def test_cdk_nag_finds_nothing_unacknowledged(context: dict[str, Any], tmp_path: Path, kind: str) -> None:
    app = cdk.App(context=context, outdir=str(tmp_path / "cdk.out"))
    stack = Stack(app, "Stack", env=cdk.Environment(region="us-east-1"))
    key = kms.Key.from_key_arn(
        stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
    )
    arguments: dict[str, dict[str, Any]] = {
        "iam": {},
        "api_key": {
            "authorization": FrontDoorAuthorization.api_key(requests_per_second=1, burst=1, requests_per_day=9)
        },
        "cors": {"allow_origins": ["https://app.example.com"]},
        "streaming": {"streaming": True},
    }
    _door(stack, key, **arguments[kind])
    packs = (cdk_nag.AwsSolutionsChecks, cdk_nag.HIPAASecurityChecks, cdk_nag.NIST80053R5Checks)
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in packs])
    app.synth()


def test_an_asynchronous_endpoint_has_no_door(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    queue = AsyncEndpoint.from_endpoint_name(stack, "Queue", "queue", input=bucket, output=bucket)
    with pytest.raises(InvalidInput, match="Stack/Door: endpoint must answer while the caller waits"):
        FrontDoor(stack, "Door", endpoint=queue, encryption_key=key)
