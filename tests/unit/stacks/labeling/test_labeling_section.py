"""What the section `labeling` deploys, and what it refuses."""

from pathlib import Path

import pytest
from aws_cdk.assertions import Template

from harness.platform_templates import section_template
from stacks.settings import SettingsError, load_settings

SHORTEST = """\
platform: ml-platform
environment: dev
region: us-east-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  serverless: {}
"""
LABELING = """\
labeling:
  question: Which animal?
  labels: [cat, dog]
"""
NETWORK = """\
network:
  mode: imported
  subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e]
  security_group_ids: [sg-0a1b2c3d]
"""
SERVER = """\
  server:
    domain_name: labels.example.com
    certificate_arn: arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000
    cidrs: [192.0.2.0/24]
    vpc_id: vpc-0a1b2c3d
"""
TEAM = "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/raters"


def _template(tmp_path: Path, text: str) -> Template:
    return section_template(tmp_path, f"{SHORTEST}{text}", "labeling")


def test_a_project_follows_the_bucket_and_nothing_is_billed_by_the_hour(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{LABELING}  most_objects: 50\n")
    template.has_resource_properties(
        "Custom::SageMakerLabelingFiles",
        {"Follow": "true", "MostObjects": 50, "SourcePrefix": "to-label/", "Categories": ["cat", "dog"]},
    )
    template.resource_count_is("AWS::CloudWatch::Alarm", 2)
    kinds = {each["Type"].split("::")[1] for each in template.to_json()["Resources"].values()}
    assert not kinds & {"ECS", "RDS", "ElasticLoadBalancingV2", "SageMaker"}
    assert {"LabelingManifest", "LabelingTasks", "LabelingAnswers"} <= template.to_json()["Outputs"].keys()


def test_a_server_is_in_the_network_of_the_platform(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{NETWORK}{LABELING}{SERVER}")
    subnets = {"Subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"], "Scheme": "internal"}
    template.has_resource_properties("AWS::ElasticLoadBalancingV2::LoadBalancer", subnets)
    template.resource_count_is("AWS::CloudWatch::Alarm", 6)
    template.has_resource("AWS::RDS::DBCluster", {"DeletionPolicy": "RetainExceptOnCreate"})
    template.has_resource("AWS::Cognito::UserPool", {"DeletionPolicy": "RetainExceptOnCreate"})
    public = f"{SERVER}    public_subnet_ids: [subnet-0a1b2c40, subnet-0a1b2c41]\n"
    facing = _template(tmp_path / "cdk.out", f"{NETWORK}{LABELING}{public}")
    subnets = {"Subnets": ["subnet-0a1b2c40", "subnet-0a1b2c41"], "Scheme": "internet-facing"}
    facing.has_resource_properties("AWS::ElasticLoadBalancingV2::LoadBalancer", subnets)


def test_the_other_engine_is_a_job_for_a_team(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{LABELING}  engine: ground_truth\n  team_arn: {TEAM}\n")
    jobs = template.find_resources("Custom::SageMakerLabelingJob")
    assert len(jobs) == 1
    assert TEAM in str(jobs)
    template.resource_count_is("AWS::SageMaker::Workforce", 0)


def test_without_a_team_the_other_engine_makes_one(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{LABELING}  engine: ground_truth\n  people_per_object: 3\n")
    template.resource_count_is("AWS::SageMaker::Workforce", 1)
    template.has_resource_properties("AWS::SageMaker::Workteam", {"Description": "Which animal?"})
    assert "LabelingPortal" in template.to_json()["Outputs"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{LABELING}  kind: TextMultiClass\n", r"\d+: labeling.manifest: is needed for TextMulti"),
        ("labeling: {question: Which one, labels: [cat]}\n", r"8: labeling.labels: must be 2 or more"),
        (f"{LABELING}  team_arn: {TEAM}\n", "11: labeling.team_arn: is for the engine ground_truth"),
        (f"{NETWORK}{LABELING}{SERVER}  engine: ground_truth\n", "15: labeling.server: is for the engine open"),
        (f"{LABELING}{SERVER}", "11: labeling.server: needs a network with a way to the internet"),
        (f"{LABELING}  objects: labels\n", "11: labeling.objects: must be another folder than labels"),
        (f"{LABELING}  most_usd: 5\n", "11: labeling.most_usd: needs usd_per_answer"),
        (f"{LABELING}  manifest: a.manifest\n  suffixes: [.png]\n", "12: labeling.suffixes: is for objects"),
        (f"{LABELING}{SERVER.replace('192.0.2.0/24', '192.0.2.1/24')}", r"14: labeling.server.cidrs\[0\]: "),
    ],
)
def test_what_cannot_work_is_refused_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{text}")
    with pytest.raises(SettingsError, match=f"dev.yaml:({line})"):
        load_settings(file)
