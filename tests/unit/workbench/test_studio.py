"""A domain of Studio and its people: what they are by default, what goes with them, and what is refused."""

from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput

DOMAIN = "AWS::SageMaker::Domain"
PROFILE = "AWS::SageMaker::UserProfile"
RELEASE = "Custom::SageMakerStudioRelease"
KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def _domain(stack: Stack, placement: sm.VpcPlacement, **given: Any) -> sm.StudioDomain:
    return sm.StudioDomain(stack, "Studio", vpc_id="vpc-0a1b2c3d", placement=placement, **given)


def test_it_is_in_the_vpc_without_a_file_system_and_stays(stack: Stack, placement: sm.VpcPlacement) -> None:
    _domain(stack, placement)
    template = Template.from_stack(stack)
    idle = {
        "IdleTimeoutInMinutes": 60,
        "LifecycleManagement": "ENABLED",
        "MaxIdleTimeoutInMinutes": 240,
        "MinIdleTimeoutInMinutes": 60,
    }
    application = {"AppLifecycleManagement": {"IdleSettings": idle}}
    template.has_resource(
        DOMAIN,
        {
            **KEPT,
            "Properties": {
                "AppNetworkAccessType": "VpcOnly",
                "AuthMode": "IAM",
                "HomeEfsFileSystemCreation": "Disabled",
                "KmsKeyId": Match.any_value(),
                "DefaultUserSettings": {
                    "AutoMountHomeEFS": "Disabled",
                    "JupyterLabAppSettings": application,
                    "CodeEditorAppSettings": application,
                    "SecurityGroups": ["sg-0a1b2c3d"],
                    "StudioWebPortal": "ENABLED",
                },
            },
        },
    )
    template.has_resource("AWS::IAM::Role", KEPT)
    template.resource_count_is(RELEASE, 0)


def test_studio_classic_has_no_settings(stack: Stack, placement: sm.VpcPlacement) -> None:
    _domain(stack, placement)
    said = str(Template.from_stack(stack).find_resources(DOMAIN))
    assert "JupyterServer" not in said
    assert "KernelGateway" not in said


def test_what_is_destroyed_is_emptied_before(stack: Stack, placement: sm.VpcPlacement) -> None:
    domain = _domain(stack, placement, removal_policy=RemovalPolicy.DESTROY)
    template = Template.from_stack(stack)
    template.has_resource(DOMAIN, {"DeletionPolicy": "Delete"})
    # What refers to the domain is deleted before it.
    template.has_resource_properties(RELEASE, {"DomainId": stack.resolve(domain.domain_id)})
    [found] = [each for each in statements(stack) if actions_of(each) == ["sagemaker:DeleteUserProfile"]]
    assert str(stack.resolve(domain.domain_id)) in str(found["Resource"])


def test_people_have_profiles_by_their_sign_in(stack: Stack, placement: sm.VpcPlacement) -> None:
    domain = _domain(stack, placement, sign_in="SSO")
    sm.StudioUser(stack, "Ann", domain=domain, name="ann", sso_user="ann@example.com")
    given = {"SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": "ann@example.com"}
    Template.from_stack(stack).has_resource(PROFILE, {**KEPT, "Properties": {"UserProfileName": "ann", **given}})


def test_one_opens_it_as_oneself(stack: Stack, placement: sm.VpcPlacement) -> None:
    domain = _domain(stack, placement)
    domain.grant_open(iam.Role.from_role_name(stack, "Person", "ann"), "Ann")
    [found] = [each for each in statements(stack) if "sagemaker:CreatePresignedDomainUrl" in actions_of(each)]
    assert str(found["Resource"]).endswith("'/ann']]}")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "two words"}, "name must be 1 to 63 letters, digits and hyphens, got: 'two words'"),
        ({"idle_for": Duration.minutes(59)}, "idle_for in seconds must be between 3600 and 31536000, got: 3540"),
        (
            {"idle_for": Duration.minutes(90), "idle_for_at_most": Duration.minutes(60)},
            "idle_for is refused by AWS: IdleTimeoutInMinutes is between .* and MaxIdleTimeoutInMinutes, got: 90",
        ),
        ({"volume_gb": 4}, "volume_gb must be between 5 and 16384, got: 4"),
        ({"volume_gb": 200}, "volume_gb is refused by AWS: DefaultEbsVolumeSizeInGb is at most .*, got: 200"),
    ],
)
def test_what_sagemaker_refuses_is_refused(
    stack: Stack, placement: sm.VpcPlacement, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        _domain(stack, placement, **given)


@pytest.mark.parametrize(
    ("sign_in", "user", "words"),
    [
        ("SSO", None, "sso_user is refused by AWS: .*, got: none with AuthMode SSO"),
        ("IAM", "ann@example.com", "sso_user is refused by AWS: .*, got: ann@example.com with AuthMode IAM"),
    ],
)
def test_a_user_signs_in_as_the_domain_does(
    stack: Stack, placement: sm.VpcPlacement, sign_in: Any, user: str | None, words: str
) -> None:
    domain = _domain(stack, placement, sign_in=sign_in)
    with pytest.raises(InvalidInput, match=words):
        sm.StudioUser(stack, "Ann", domain=domain, name="ann", sso_user=user)
