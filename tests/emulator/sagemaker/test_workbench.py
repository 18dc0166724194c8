"""Notebooks and Studio, deployed: what stops by the clock, and what a deletion waits for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from harness.aws_clients import Clients, wait_for
from harness.published_stack import deploy
from sagemaker_constructs.network import IsolatedNetwork
from sagemaker_constructs.storage import EncryptionKey
from sagemaker_constructs.workbench import NotebookInstance, OfficeHours, StudioDomain, StudioUser

SECONDS = 60.0


def _output(stack: Any, name: str) -> str:
    [value] = [each["OutputValue"] for each in stack.describe()["Outputs"] if each["OutputKey"] == name]
    return value


def _fire(client: Clients, name: str) -> None:
    """Do now what a schedule does at its time, by one of the same target."""
    scheduler = client("scheduler")
    [found] = scheduler.list_schedules(NamePrefix=name)["Schedules"]
    given = scheduler.get_schedule(Name=found["Name"], GroupName=found["GroupName"])
    same = {key: given[key] for key in ("GroupName", "Target", "FlexibleTimeWindow")}
    at = f"at({datetime.now(UTC) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%S})"
    scheduler.create_schedule(**same, Name=f"now-{found['Name']}"[:64], ScheduleExpression=at)


def test_office_hours_stop_an_instance_and_start_it(client: Clients, context: dict[str, Any], tmp_path: Path) -> None:
    sagemaker = client("sagemaker")

    def notebook(stack: cdk.Stack) -> None:
        key = EncryptionKey(stack, "Key")
        key.grant_log_groups()
        network = IsolatedNetwork(stack, "Network", encryption_key=key)
        hours = OfficeHours(stop="cron(0 19 * * ? 2099)", start="cron(0 7 * * ? 2099)")
        instance = NotebookInstance(
            stack, "Notebook", instance_type="ml.t3.medium", placement=network.placement, office_hours=hours
        )
        cdk.CfnOutput(stack, "Instance", value=instance.name)

    stack = deploy(client, "office-hours", notebook, context=context, outdir=tmp_path / "out")
    name = _output(stack, "Instance")
    resources = client("cloudformation").describe_stack_resources(StackName="office-hours")["StackResources"]
    schedules = sorted(
        each["PhysicalResourceId"] for each in resources if "Scheduler::Schedule" in each["ResourceType"]
    )
    start, stop = sorted(schedules, key=lambda each: "Stop" in each)

    def status() -> str:
        return sagemaker.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]

    _fire(client, stop.rpartition("/")[2])
    wait_for(status, lambda it: it == "Stopped", SECONDS)
    _fire(client, start.rpartition("/")[2])
    wait_for(status, lambda it: it == "InService", SECONDS)


def test_a_domain_that_is_to_go_takes_its_applications_spaces_and_people_along(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    sagemaker = client("sagemaker")
    destroyed = cdk.RemovalPolicy.DESTROY

    def studio(stack: cdk.Stack) -> None:
        key = EncryptionKey(stack, "Key", removal_policy=destroyed)
        network = IsolatedNetwork(stack, "Network", encryption_key=key)
        key.grant_log_groups()
        domain = StudioDomain(
            stack,
            "Studio",
            vpc_id=network.vpc.vpc_id,
            placement=network.placement,
            encryption_key=key,
            removal_policy=destroyed,
        )
        StudioUser(stack, "Ann", domain=domain, name="ann", removal_policy=destroyed)
        cdk.CfnOutput(stack, "Domain", value=domain.domain_id)

    stack = deploy(client, "studio-goes", studio, context=context, outdir=tmp_path / "out")
    domain = _output(stack, "Domain")
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="bob")
    sagemaker.create_space(
        DomainId=domain,
        SpaceName="churn",
        OwnershipSettings={"OwnerUserProfileName": "bob"},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab"},
    )
    sagemaker.create_app(DomainId=domain, SpaceName="churn", AppType="JupyterLab", AppName="default")
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"] == []
    assert sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"] == []
    assert domain not in [each["DomainId"] for each in sagemaker.list_domains()["Domains"]]
