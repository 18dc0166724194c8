"""Faults planted in an account are all named by the doctor, and what it says mends them."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import PROJECT, SECRET_KEY, RunningEmulator, start
from harness.aws_clients import ACCOUNT, ROLE, Clients, clients_of, wait_for
from harness.containers.echo_image import write_echo
from harness.deployed_stack import Stack, resource
from harness.doctor.assemblies import IMAGE_TAG, REPOSITORY, named, write_assembly

pytestmark = pytest.mark.whole

_ABSENT = "us-east-1b:m5.xlarge,us-east-1b:sagemaker.api"
_OTHER = "210987654321"
_READS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_ISSUER = "token.actions.githubusercontent.com"
_DOCKER = {"directory": ".", "dockerOutputs": ["type=docker,oci-mediatypes=false"]}


def _subnet(zone: object) -> Mapping[str, Any]:
    return named("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24", AvailabilityZone=zone)


def _listed(index: int) -> Mapping[str, Any]:
    return {"Fn::Select": [index, {"Fn::GetAZs": ""}]}


def _interface(service: str, *subnets: str) -> Mapping[str, Any]:
    return named(
        "EC2::VPCEndpoint",
        VpcId={"Ref": "Vpc"},
        VpcEndpointType="Interface",
        ServiceName={"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, f".{service}"]]},
        SubnetIds=[{"Ref": each} for each in subnets],
    )


def _variant(**other: Any) -> Mapping[str, Any]:
    return {"VariantName": "main", "ModelName": "churn", **other}


NETWORK = {
    "Vpc": named("EC2::VPC", CidrBlock="10.0.0.0/16"),
    "First": _subnet(_listed(0)),
    "Second": _subnet(_listed(1)),
    "Third": _subnet("us-east-1d"),
    "Api": _interface("sagemaker.api", "First", "Second"),
    "Unknown": _interface("sagemaker.churn", "First"),
}
MENDED_NETWORK = {
    **{name: NETWORK[name] for name in ("Vpc", "First")},
    "Second": _subnet("us-east-1c"),
    "Api": NETWORK["Api"],
}
SERVING = {
    "Config": named(
        "SageMaker::EndpointConfig",
        ProductionVariants=[_variant(InstanceType="ml.m5.xlarge", InitialInstanceCount=2)],
    ),
    "Endpoint": named(
        "SageMaker::Endpoint",
        EndpointName="churn-api",
        EndpointConfigName={"Fn::GetAtt": ["Config", "EndpointConfigName"]},
    ),
    "Serverless": named(
        "SageMaker::EndpointConfig",
        ProductionVariants=[_variant(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 50})],
    ),
    "Pointer": named("SSM::Parameter", Name="/churn/model", Type="String", Value="none"),
    "Data": named("S3::Bucket", BucketName={"Fn::Sub": "churn-data-${AWS::AccountId}"}),
    "Logs": named("Logs::LogGroup", LogGroupName="/churn"),
    "Features": named("SageMaker::FeatureGroup", FeatureGroupName="churn-features"),
    "Execution": named("IAM::Role", RoleName="churn-execution"),
}
ONCE = {
    "Provider": named("IAM::OIDCProvider", Url=f"https://{_ISSUER}"),
    "People": named("SageMaker::Workforce", WorkforceName="people"),
    "Schedule": named("SageMaker::MonitoringSchedule", MonitoringScheduleName="hourly"),
}
WRONG: Mapping[str, Mapping[str, Any]] = {"Nothing": {"Type": "AWS::SageMaker::Nothing", "Properties": {}}}


@dataclass(frozen=True)
class Place:
    """An emulator with faults in it, and the person who deploys to it."""

    emulator: RunningEmulator
    client: Clients
    folder: Path
    key: Mapping[str, str]
    administrator: Mapping[str, str]
    """The variables of whoever makes the bootstrap, which the person who deploys may not."""

    def environment(self, **changed: str) -> Mapping[str, str]:
        return {**self.emulator.environment(os.environ), **self.key, **changed}

    def in_account(self, account: str) -> "Place":
        """Another account, which an access key of its digits stands for, with its root user."""
        key = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        return Place(self.emulator, clients_of(self.emulator, account), self.folder, key, key)

    def doctor(self, assembly: Path, *arguments: str, status: int, **changed: str) -> list[dict[str, str]]:
        done = subprocess.run(
            [sys.executable, "-m", "sagemaker_constructs.doctor", str(assembly), "--format", "json", *arguments],
            env=self.environment(**changed),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.stdout, done.stderr
        rows: list[dict[str, str]] = json.loads(done.stdout)
        assert done.returncode == status, [row for row in rows if row["state"] == "wrong"]
        return rows

    def cdk(self, command: str) -> None:
        done = subprocess.run(
            [str(PROJECT / "node_modules" / ".bin" / "cdk"), *shlex.split(command)[1:]],
            cwd=self.folder,
            # The person of the first account may not make a bootstrap; its administrator does.
            env=self.environment()
            if len(self.key["AWS_ACCESS_KEY_ID"]) == 12
            else self.emulator.environment(os.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("doctor")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(folder / "images"))
        environment.setenv("EMULATOR_ABSENT", _ABSENT)
        running = start(folder / "state")
    client = clients_of(running)
    client("iam").create_user(UserName="deployer")
    made = client("iam").create_access_key(UserName="deployer")["AccessKey"]
    key = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    yield Place(running, client, folder, key, {})
    running.stop()


def _plant(place: Place) -> None:
    """What an account may have in it when somebody comes to deploy."""
    client = place.client
    client("ssm").put_parameter(Name="/churn/model", Type="String", Value="s3://elsewhere")
    client("s3").create_bucket(Bucket=f"churn-data-{ACCOUNT}")
    client("logs").create_log_group(logGroupName="/churn")
    client("iam").create_role(RoleName="churn-execution", AssumeRolePolicyDocument="{}")
    client("iam").create_open_id_connect_provider(Url=f"https://{_ISSUER}", ClientIDList=["sts.amazonaws.com"])
    client("sagemaker").create_workforce(
        WorkforceName="others", CognitoConfig={"UserPool": "us-east-1_abcdefghi", "ClientId": "a" * 26}
    )
    client("sagemaker").create_feature_group(
        FeatureGroupName="churn-features",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[
            {"FeatureName": "id", "FeatureType": "String"},
            {"FeatureName": "at", "FeatureType": "Fractional"},
        ],
        OnlineStoreConfig={"EnableOnlineStore": True},
        RoleArn=ROLE,
    )
    _push_with_oci_media_types(place)
    _leave_a_stack_that_could_not_be_deleted(place)


def _push_with_oci_media_types(place: Place) -> None:
    name = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{REPOSITORY % ACCOUNT}:{IMAGE_TAG}"
    for command in (["build", "--tag", name, str(write_echo(place.folder / "image"))], ["push", name]):
        subprocess.run([PROJECT / "emulator" / "bin" / "docker", *command], env=place.environment(), check=True)


def _leave_a_stack_that_could_not_be_deleted(place: Place) -> None:
    stack = Stack(place.client("cloudformation"), "churn-serving")
    assert stack.create(Old=resource("S3::Bucket", BucketName="churn-old")) == "CREATE_COMPLETE"
    place.client("s3").put_object(Bucket="churn-old", Key="rows.csv", Body=b"1")
    assert stack.delete() == "DELETE_FAILED"


def _wrong(rows: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    return {(row["check"], row["subject"]): row["remedy"] for row in rows if row["state"] == "wrong"}


def test_faults_are_named_and_mended(place: Place) -> None:
    from harness.doctor.aws_commands import run_command

    stacks = {"churn-network": NETWORK, "churn-serving": SERVING, "churn-once": ONCE}
    assembly = write_assembly(place.folder / "planted", stacks, image=_DOCKER)

    before = _wrong(place.doctor(assembly, status=1, CDK_DOCKER="a-builder-that-is-not-there"))
    assert {subject for check, subject in before if check == "CDK bootstrap"} == {
        *("version", "deploy role", "execution role", "bucket of assets", "role that publishes assets"),
        *("repository of images", "role that publishes images"),
    }
    assert ("Image builder", "builder") in before
    # The bootstrap is made, with an execution role that may only read.
    place.cdk(f"{before['CDK bootstrap', 'version']} --cloudformation-execution-policies {_READS}")
    _plant(place)

    rows = place.doctor(assembly, status=1)
    found = _wrong(rows)
    execution = f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"
    assert set(found) == {
        ("Image builder", "image echo"),
        ("Quotas", "ml.m5.xlarge for endpoint usage"),
        ("Quotas", "Maximum total concurrency that can be allocated across all serverless endpoints"),
        ("Zones", "zone us-east-1d"),
        ("Zones", "endpoint sagemaker.api"),
        ("Zones", "endpoint sagemaker.churn"),
        ("Zones", "ml.m5.xlarge"),
        ("Closed services", "Model Monitor"),
        ("Names", "Parameter /churn/model"),
        ("Names", f"Bucket churn-data-{ACCOUNT}"),
        ("Names", "LogGroup /churn"),
        ("Names", "FeatureGroup churn-features"),
        ("Names", "Role churn-execution"),
        ("One in an account", "OIDCProvider"),
        ("One in an account", "Workforce"),
        ("Stacks", "churn-serving"),
        ("Permissions", "roles of the bootstrap"),
        ("Permissions", execution),
    }
    messages = {row["subject"]: row["message"] for row in rows}
    # Two instances, and two more while they are replaced by others.
    assert (
        "needs 4 (2 to run, 2 more while one is updated), and the quota is 0"
        in messages["ml.m5.xlarge for endpoint usage"]
    )
    assert "is not in us-east-1b, but in us-east-1a, us-east-1c" in messages["endpoint sagemaker.api"]
    assert "sagemaker:CreateEndpoint" in messages[execution] or "more" in messages[execution]
    assert found["Zones", "endpoint sagemaker.api"].endswith("[us-east-1a, us-east-1c]")

    place.client("s3").delete_object(Bucket="churn-old", Key="rows.csv")
    for remedy in found.values():
        if remedy.startswith("aws "):
            run_command(place.client, remedy)
        elif remedy.startswith("cdk "):
            place.cdk(remedy)
    wait_for(lambda: _states(place, "churn-serving"), lambda states: "DELETE_FAILED" not in states)

    # What the configuration has to say otherwise, as the remedies tell.
    mended = write_assembly(
        place.folder / "mended", {"churn-network": MENDED_NETWORK, "churn-serving": SERVING}, image=_DOCKER
    )
    assert _wrong(place.doctor(mended, status=0)) == {}


def _states(place: Place, name: str) -> list[str]:
    listed = place.client("cloudformation").list_stacks()["StackSummaries"]
    return [each["StackStatus"] for each in listed if each["StackName"] == name]


@pytest.fixture(scope="module")
def bootstrapped(place: Place) -> Place:
    """A second account, with a bootstrap."""
    found = place.in_account(_OTHER)
    found.cdk(f"cdk bootstrap aws://{_OTHER}/us-east-1")
    return found


def test_credentials_of_another_account(bootstrapped: Place) -> None:
    elsewhere = write_assembly(bootstrapped.folder / "elsewhere", {"other": {}}, account=ACCOUNT)
    found = _wrong(bootstrapped.doctor(elsewhere, status=1))
    assert set(found) == {("Credentials and region", f"account {ACCOUNT}")}


def test_what_is_deployed_already_is_no_collision(bootstrapped: Place) -> None:
    own = {"Pointer": resource("SSM::Parameter", Name="/own/model", Type="String", Value="none")}
    assert Stack(bootstrapped.client("cloudformation"), "own").create(**own) == "CREATE_COMPLETE"
    assert _wrong(bootstrapped.doctor(write_assembly(bootstrapped.folder / "own", {"own": own}), status=0)) == {}
    assembly = write_assembly(bootstrapped.folder / "not-own", {"another": own})
    assert set(_wrong(bootstrapped.doctor(assembly, status=1))) == {("Names", "Parameter /own/model")}


def test_change_sets_are_judged_and_leave_nothing(bootstrapped: Place) -> None:
    stacks = {"right": {"Topic": named("SNS::Topic")}, "wrong": WRONG}
    assembly = write_assembly(bootstrapped.folder / "judged", stacks)
    assert not [row for row in bootstrapped.doctor(assembly, status=0) if row["check"] == "Change sets"]

    judged = bootstrapped.doctor(assembly, "--change-sets", status=1)
    rows = {row["subject"]: row for row in judged if row["check"] == "Change sets"}
    assert rows["right"]["state"] == "fine"
    assert "1 changes" in rows["right"]["message"]
    assert rows["wrong"]["state"] == "wrong"
    assert "AWS::SageMaker::Nothing" in rows["wrong"]["message"]
    assert [state for state in _states(bootstrapped, "right") if state != "DELETE_COMPLETE"] == []
