"""What the section `batch` deploys, and what it refuses."""

from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template

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
network: {mode: isolated, services: [Ecr, EcrDocker, Logs]}
"""
JOBS = """\
batch:
  max_vcpus: 8
  jobs:
    prepare:
      command: [process, preprocess, --label, diagnosis]
      inputs: {data: raw}
      outputs: {train: prepared/train}
      divided: [data]
      vcpus: 2
      memory_mib: 4096
      schedule: "cron(0 3 * * ? *)"
      array_size: 10
"""


def _template(tmp_path: Path, text: str) -> Template:
    return section_template(tmp_path, text, "batch")


def test_jobs_run_on_fargate_by_the_clock_and_tell_when_they_fail(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{SHORTEST}{JOBS}")
    template.resource_count_is("AWS::Batch::ComputeEnvironment", 1)
    template.has_resource_properties(
        "AWS::Batch::ComputeEnvironment", {"ComputeResources": Match.object_like({"Type": "FARGATE", "MaxvCpus": 8})}
    )
    template.has_resource_properties(
        "AWS::Batch::JobDefinition",
        {
            "ContainerProperties": Match.object_like(
                {
                    "Command": ["process", "preprocess", "--label", "diagnosis"],
                    "ResourceRequirements": [{"Type": "VCPU", "Value": "2"}, {"Type": "MEMORY", "Value": "4096"}],
                }
            )
        },
    )
    template.has_resource("AWS::Logs::LogGroup", {"DeletionPolicy": "RetainExceptOnCreate"})
    template.resource_count_is("AWS::Scheduler::Schedule", 1)
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.batch"],
                "detail-type": ["Batch Job State Change"],
                "detail": Match.object_like(
                    {"status": ["FAILED"], "arrayProperties": {"index": [{"exists": False}]}}
                ),
            }
        },
    )
    names = template.to_json()["Outputs"]["JobDefinitions"]["Value"]
    template.has_resource_properties("AWS::Batch::JobDefinition", {"JobDefinitionName": names})


def test_spare_capacity_is_tried_first(tmp_path: Path) -> None:
    template = _template(tmp_path, f"{SHORTEST}{JOBS}  spare: true\n  longest_wait_minutes: 30\n")
    found = template.find_resources("AWS::Batch::ComputeEnvironment").values()
    kinds = {each["Properties"]["ComputeResources"]["Type"] for each in found}
    assert kinds == {"FARGATE", "FARGATE_SPOT"}


def test_instances_take_jobs_of_theirs_and_logs_go_with_the_data(tmp_path: Path) -> None:
    reached = SHORTEST.replace("Logs]", "Logs, Ecs, EcsAgent, EcsTelemetry]")
    template = _template(tmp_path, f"{reached}{JOBS}  instance_types: [c7i, m7i]\ndata: {{retain: false}}\n")
    template.has_resource_properties("AWS::Batch::JobDefinition", {"PlatformCapabilities": ["EC2"]})
    template.has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {"ComputeResources": Match.object_like({"Type": "EC2", "InstanceTypes": ["c7i", "m7i"]})},
    )
    template.has_resource("AWS::Logs::LogGroup", {"DeletionPolicy": "Delete"})


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("memory_mib: 4096", "memory_mib: 1024", "17: batch.jobs.prepare.vcpus: is refused by AWS"),
        ("divided: [data]", "divided: [rows]", r"16: batch.jobs.prepare.divided\[0\]: must be one of inputs"),
        (
            '      schedule: "cron(0 3 * * ? *)"\n',
            "",
            "19: batch.jobs.prepare.array_size: nothing would ever submit it",
        ),
        ("array_size: 10", "array_size: 1", "20: batch.jobs.prepare.array_size: "),
        ("max_vcpus: 8", "instance_types: [c7g, c7i]", r"10: batch.instance_types: is refused by AWS"),
        ("[Ecr, EcrDocker, Logs]", "[Ecr, Logs]", "9: batch: needs Ecr, EcrDocker, Logs in network.services"),
        (
            "{mode: isolated, services: [Ecr, EcrDocker, Logs]}",
            "{mode: none}",
            "9: batch: needs a network, got: network.mode none",
        ),
        ("command:", "image: containers/none\n      command:", "13: batch.jobs.prepare.image: "),
    ],
)
def test_what_would_not_start_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, line: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{JOBS}".replace(right, wrong))
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        load_settings(file)
