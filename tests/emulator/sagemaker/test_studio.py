"""Studio: what a domain, its people, their spaces and applications take, and what stops an application."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from harness.aws_clients import ROLE, Clients, refused
from harness.published_stack import deploy, update
from sagemaker_constructs.core.rules.catalogue import rules
from sagemaker_constructs.network import ImportedNetwork
from sagemaker_constructs.workbench import StudioBackstop, StudioDomain, StudioSpace, StudioUser

IDLE = {"LifecycleManagement": "ENABLED", "MinIdleTimeoutInMinutes": 60, "MaxIdleTimeoutInMinutes": 240}
SETTINGS = {
    "JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": {**IDLE, "IdleTimeoutInMinutes": 60}}},
    "SpaceStorageSettings": {
        "DefaultEbsStorageSettings": {"DefaultEbsVolumeSizeInGb": 10, "MaximumEbsVolumeSizeInGb": 100}
    },
}


@pytest.fixture(scope="module")
def domain(client: Clients) -> str:
    """A domain without a role for shared spaces, with ann and her space of JupyterLab."""
    sagemaker = client("sagemaker")
    arn = sagemaker.create_domain(
        DomainName="judged",
        AuthMode="IAM",
        VpcId="vpc-0a1b2c3d",
        SubnetIds=["subnet-0a1b2c3d"],
        DefaultUserSettings={"ExecutionRole": ROLE, **SETTINGS},
    )["DomainArn"]
    made = arn.rpartition("/")[2]
    sagemaker.create_user_profile(DomainId=made, UserProfileName="ann")
    sagemaker.create_space(**_space(made, "churn", **_size(50)))
    return made


def _size(gb: int) -> dict[str, Any]:
    return {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": gb}}}


def _space(domain: str, name: str, sharing: str = "Private", **settings: Any) -> dict[str, Any]:
    return {
        "DomainId": domain,
        "SpaceName": name,
        "OwnershipSettings": {"OwnerUserProfileName": "ann"},
        "SpaceSharingSettings": {"SharingType": sharing},
        "SpaceSettings": {"AppType": "JupyterLab", **settings},
    }


def _idle(minutes: int) -> dict[str, Any]:
    idle = {"IdleSettings": {"IdleTimeoutInMinutes": minutes}}
    return {"JupyterLabAppSettings": {"AppLifecycleManagement": idle}}


def _changed(domain: str, **settings: Any) -> dict[str, Any]:
    return {"DomainId": domain, "SpaceName": "churn", "SpaceSettings": settings}


CALLS: list[tuple[str, str, Callable[[str], dict[str, Any]]]] = [
    (
        "people-sign-in-as-their-domain-says",
        "create_user_profile",
        lambda made: {"DomainId": made, "UserProfileName": "bob", "SingleSignOnUserValue": "bob@example.com"},
    ),
    (
        "domains-with-shared-spaces-have-a-role-for-them",
        "create_space",
        lambda made: _space(made, "judged", "Shared"),
    ),
    (
        "volumes-of-spaces-are-no-larger-than-allowed",
        "create_space",
        lambda made: _space(made, "judged", **_size(101)),
    ),
    (
        "volumes-of-spaces-are-no-larger-than-allowed",
        "update_space",
        lambda made: _changed(made, **_size(101)),
    ),
    (
        "idle-times-of-spaces-are-within-the-limits-of-their-domain",
        "create_space",
        lambda made: _space(made, "judged", **_idle(241)),
    ),
    ("spaces-keep-their-type-of-application", "update_space", lambda made: _changed(made, AppType="CodeEditor")),
    ("volumes-of-spaces-do-not-shrink", "update_space", lambda made: _changed(made, **_size(49))),
    (
        "applications-are-of-the-type-of-their-space",
        "create_app",
        lambda made: {"DomainId": made, "SpaceName": "churn", "AppType": "CodeEditor", "AppName": "default"},
    ),
]


@pytest.mark.parametrize(("judged", "call", "request_of"), CALLS)
def test_what_depends_on_a_domain_is_refused_as_the_catalogue_says(
    client: Clients, domain: str, judged: str, call: str, request_of: Any
) -> None:
    code, message = refused(getattr(client("sagemaker"), call), **request_of(domain))
    assert code == "ValidationException"
    assert rules()[judged].statement.rstrip(".") in message


def test_a_space_of_nobody_is_refused(client: Clients, domain: str) -> None:
    given = {**_space(domain, "ghostly"), "OwnershipSettings": {"OwnerUserProfileName": "nobody"}}
    code, message = refused(client("sagemaker").create_space, **given)
    assert code == "ValidationException"
    assert "nobody" in message


def test_what_is_used_stays(client: Clients, domain: str) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_app(DomainId=domain, SpaceName="churn", AppType="JupyterLab", AppName="default")
    assert refused(sagemaker.delete_domain, DomainId=domain)[0] == "ResourceInUse"
    assert refused(sagemaker.delete_user_profile, DomainId=domain, UserProfileName="ann")[0] == "ResourceInUse"
    assert refused(sagemaker.delete_space, DomainId=domain, SpaceName="churn")[0] == "ResourceInUse"
    sagemaker.delete_app(DomainId=domain, SpaceName="churn", AppType="JupyterLab", AppName="default")
    assert sagemaker.list_apps(DomainIdEquals=domain)["Apps"] == []


def test_a_change_of_a_space_leaves_the_rest_of_it(client: Clients, domain: str) -> None:
    sagemaker = client("sagemaker")
    sagemaker.update_space(**_changed(domain, **_idle(120)))
    [told] = sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"]
    assert told["OwnershipSettingsSummary"]["OwnerUserProfileName"] == "ann"
    settings = sagemaker.describe_space(DomainId=domain, SpaceName="churn")["SpaceSettings"]
    assert settings["AppType"] == "JupyterLab"
    assert settings["SpaceStorageSettings"] == _size(50)["SpaceStorageSettings"]
    assert settings["JupyterLabAppSettings"] == _idle(120)["JupyterLabAppSettings"]


def test_a_space_changes_in_place_or_is_another_one_and_what_runs_too_long_is_stopped(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    sagemaker = client("sagemaker")

    def studio(stack: cdk.Stack, owner: str, title: str) -> None:
        network = ImportedNetwork(
            stack,
            "Network",
            subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
            security_group_ids=["sg-0a1b2c3d"],
        )
        domain = StudioDomain(stack, "Studio", vpc_id="vpc-0a1b2c3d", placement=network.placement)
        people = {name: StudioUser(stack, name, domain=domain, name=name) for name in ("ann", "bob")}
        StudioSpace(stack, "Space", owner=people[owner], title=title)
        backstop = StudioBackstop(stack, "Backstop", domain=domain)
        cdk.CfnOutput(stack, "Domain", value=domain.domain_id)
        cdk.CfnOutput(stack, "Function", value=backstop.function_arn)

    stack = deploy(
        client, "spaces", lambda it: studio(it, "ann", "Churn"), context=context, outdir=tmp_path / "first"
    )
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}
    domain = outputs["Domain"]

    def spaces() -> dict[str, str]:
        told = sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"]
        return {each["SpaceName"]: each["SpaceDisplayName"] for each in told}

    [first] = spaces()
    titled = update(client, stack, lambda it: studio(it, "ann", "Churn 2"), outdir=tmp_path / "titled")
    assert titled == "UPDATE_COMPLETE", stack.reasons()
    assert spaces() == {first: "Churn 2"}
    given = update(client, stack, lambda it: studio(it, "bob", "Churn 2"), outdir=tmp_path / "given")
    assert given == "UPDATE_COMPLETE", stack.reasons()
    # The one before is kept with its files.
    assert len(spaces()) == 2
    assert first in spaces()

    sagemaker.create_app(DomainId=domain, SpaceName=first, AppType="JupyterLab", AppName="default")
    assert _looked(client, outputs["Function"]) == {"found": [], "deleted": []}
    name = f"{first}/JupyterLab/default"
    _have_seconds(client, outputs["Function"], 0, deletes="no")
    assert _looked(client, outputs["Function"]) == {"found": [name], "deleted": []}
    assert len(sagemaker.list_apps(DomainIdEquals=domain)["Apps"]) == 1
    _have_seconds(client, outputs["Function"], 0, deletes="yes")
    assert _looked(client, outputs["Function"]) == {"found": [name], "deleted": [name]}
    assert sagemaker.list_apps(DomainIdEquals=domain)["Apps"] == []
    [metric] = client("cloudwatch").list_metrics(
        Namespace="SageMakerConstructs/Studio",
        MetricName="DeletedApplications",
        Dimensions=[{"Name": "DomainId", "Value": domain}],
    )["Metrics"]
    assert metric["Dimensions"] == [{"Name": "DomainId", "Value": domain}]


def _looked(client: Clients, function: str) -> Any:
    answer = client("lambda").invoke(FunctionName=function)
    told = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, told
    return told


def _have_seconds(client: Clients, function: str, seconds: int, *, deletes: str) -> None:
    """No application of a test has run for hours."""
    functions = client("lambda")
    variables = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    changed = {**variables, "SECONDS": str(seconds), "DELETES": deletes}
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": changed})
