"""What the section `studio` deploys, and what it refuses."""

from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template

from harness.platform_templates import section_template
from stacks.settings import SettingsError

SHORTEST = """\
platform: ml-platform
environment: dev
region: us-east-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  serverless: {}
"""
REACHED = "network: {mode: isolated, services: [SageMakerApi, SageMakerRuntime]}\n"
DOMAIN = "AWS::SageMaker::Domain"
SPACE = "AWS::SageMaker::Space"


def _template(tmp_path: Path, text: str) -> Template:
    return section_template(tmp_path, f"{SHORTEST}{text}", "studio")


def test_it_is_retained_in_the_platform_s_network_with_a_backstop(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{REACHED}studio: {{}}\n")
    template.has_resource(
        DOMAIN,
        {
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {
                "AppNetworkAccessType": "VpcOnly",
                "VpcId": {"Fn::ImportValue": Match.string_like_regexp("NetworkVpc")},
            },
        },
    )
    template.has_resource_properties("AWS::Scheduler::Schedule", {"ScheduleExpression": "rate(1 hour)"})
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)
    template.resource_count_is("AWS::SageMaker::UserProfile", 0)
    assert "s3:GetObject" in str(template.find_resources("AWS::IAM::Role"))


def test_without_retention_it_goes_with_its_stack(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{REACHED}data: {{retain: false}}\nstudio: {{people: [{{name: ann}}]}}\n")
    template.has_resource(DOMAIN, {"DeletionPolicy": "Delete"})
    template.resource_count_is("Custom::SageMakerStudioRelease", 1)


def test_settings_become_options(tmp_path: Path) -> None:
    template = _template(
        tmp_path,
        """\
network:
  mode: imported
  subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e]
  security_group_ids: [sg-0a1b2c3d]
studio:
  sign_in: SSO
  internet: true
  vpc_id: vpc-0a1b2c3d
  data: false
  people: [{name: ann, sso_user: ann@example.com}]
  spaces:
    - {title: Churn, owner: ann, shared: true, instance_type: ml.g5.xlarge, volume_gb: 50, idle_minutes: 120}
  idle_minutes: 90
  idle_minutes_at_most: 180
  volume_gb: 20
  largest_volume_gb: 60
  longest_hours: null
""",
    )
    template.has_resource_properties(
        DOMAIN,
        {
            "AuthMode": "SSO",
            "AppNetworkAccessType": "PublicInternetOnly",
            "VpcId": "vpc-0a1b2c3d",
            "DefaultUserSettings": {
                "JupyterLabAppSettings": {
                    "AppLifecycleManagement": {
                        "IdleSettings": {"IdleTimeoutInMinutes": 90, "MaxIdleTimeoutInMinutes": 180}
                    }
                },
                "SpaceStorageSettings": {
                    "DefaultEbsStorageSettings": {"DefaultEbsVolumeSizeInGb": 20, "MaximumEbsVolumeSizeInGb": 60}
                },
            },
        },
    )
    template.has_resource_properties("AWS::SageMaker::UserProfile", {"SingleSignOnUserValue": "ann@example.com"})
    template.has_resource_properties(
        SPACE,
        {
            "SpaceDisplayName": "Churn",
            "SpaceSharingSettings": {"SharingType": "Shared"},
            "SpaceSettings": {
                "AppType": "JupyterLab",
                "JupyterLabAppSettings": {
                    "AppLifecycleManagement": {"IdleSettings": {"IdleTimeoutInMinutes": 120}},
                    "DefaultResourceSpec": {"InstanceType": "ml.g5.xlarge"},
                },
                "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 50}},
            },
        },
    )
    template.resource_count_is("AWS::Scheduler::Schedule", 0)
    assert "s3:GetObject" not in str(template.find_resources("AWS::IAM::Role"))


def test_a_dry_run_may_delete_nothing(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{REACHED}studio: {{dry_run: true, longest_hours: 48}}\n")
    said = {"DELETES": "no", "SECONDS": "172800"}
    template.has_resource_properties("AWS::Lambda::Function", {"Environment": {"Variables": said}})
    assert "sagemaker:DeleteApp" not in str(template.find_resources("AWS::IAM::Role"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("studio: {}\n", "8: studio: needs SageMakerApi, SageMakerRuntime in network.services, or no application"),
        ("network: {mode: none}\nstudio: {internet: true}\n", "9: studio: needs a network, got: network.mode none"),
        (
            "network: {mode: imported, subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e], "
            "security_group_ids: [sg-0a1b2c3d]}\nstudio: {}\n",
            "9: studio.vpc_id: must be the VPC of network.subnet_ids with network.mode imported",
        ),
        (
            "studio: {internet: true, vpc_id: vpc-0a1b2c3d}\n",
            "8: studio.vpc_id: must be left out with network.mode isolated",
        ),
        (
            "studio: {internet: true, idle_minutes: 300}\n",
            "8: studio.idle_minutes: is refused by AWS: IdleTimeoutInMinutes is between",
        ),
        (
            "studio: {internet: true, people: [{name: ann, sso_user: ann}]}\n",
            r"8: studio.people\[0\].sso_user: is refused by AWS: .*ann with AuthMode IAM",
        ),
        (
            "studio: {internet: true, people: [{name: ann}, {name: Ann}]}\n",
            r"8: studio.people\[1\].name: must be unique",
        ),
        (
            "studio: {internet: true, people: [{name: ann}], spaces: [{title: Churn, owner: bob}]}\n",
            r"8: studio.spaces\[0\].owner: must be one of people \(ann\), got: bob",
        ),
        (
            "studio: {internet: true, people: [{name: ann}], spaces: [{title: Churn, owner: ann, volume_gb: 101}]}\n",
            r"8: studio.spaces\[0\].volume_gb: is refused by AWS: .*101 of at most 100",
        ),
        (
            "studio: {internet: true, people: [{name: ann}], "
            "spaces: [{title: Churn, owner: ann, application: CodeEditor, shared: true}]}\n",
            r"8: studio.spaces\[0\].application: is refused by AWS: A shared space is one of JupyterLab",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        _template(tmp_path, text)
