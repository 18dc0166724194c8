"""What the section `notebook` deploys, and what it refuses."""

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
NOTEBOOK = "AWS::SageMaker::NotebookInstance"


def _template(tmp_path: Path, text: str) -> Template:
    return section_template(tmp_path, f"{SHORTEST}{text}", "notebook")


def test_it_is_retained_beside_the_data_and_stops_itself(tmp_path: Path) -> None:
    template = _template(tmp_path, "network: {mode: isolated, services: [SageMakerApi]}\nnotebook: {}\n")
    template.has_resource(
        NOTEBOOK,
        {
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {"InstanceType": "ml.t3.medium", "DirectInternetAccess": "Disabled"},
        },
    )
    said = str(template.find_resources("AWS::SageMaker::NotebookInstanceLifecycleConfig"))
    assert "--after-minutes 60" in said
    assert "mount-s3" in said
    template.resource_count_is("AWS::Scheduler::Schedule", 0)


def test_without_retention_it_goes_with_its_stack(tmp_path: Path) -> None:
    text = "network: {mode: none}\ndata: {retain: false}\nnotebook: {}\n"
    _template(tmp_path, text).has_resource(NOTEBOOK, {"DeletionPolicy": "Delete"})


def test_settings_become_options(tmp_path: Path) -> None:
    template = _template(
        tmp_path,
        """\
network: {mode: none}
notebook:
  instance_type: ml.g5.xlarge
  volume_gb: 100
  idle_minutes: null
  office_hours: {stop: "cron(0 19 ? * MON-FRI *)", start: "cron(0 8 ? * MON-FRI *)", time_zone: Europe/Berlin}
  data: false
  package_mirror: https://packages.example.com/simple
  kernels: [containers/tabular]
  repositories: [{url: "https://git.example.com/churn.git", secret: git/churn}]
""",
    )
    given = {"InstanceType": "ml.g5.xlarge", "VolumeSizeInGB": 100, "DefaultCodeRepository": Match.any_value()}
    template.has_resource_properties(NOTEBOOK, given)
    template.resource_count_is("AWS::Scheduler::Schedule", 2)
    said = str(template.find_resources("AWS::SageMaker::NotebookInstanceLifecycleConfig"))
    assert "packages.example.com" in said
    assert "kernel-tabular" in said
    assert "mount-s3" not in said
    assert "stop-when-idle" not in said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("notebook: {}\n", "8: notebook.idle_minutes: needs SageMakerApi in network.services, by which"),
        (
            "notebook: {idle_minutes: null, kernels: [containers/tabular]}\n",
            "8: notebook.kernels: needs a network with a way to packages, got: network.mode isolated",
        ),
        (
            "network: {mode: none}\nnotebook: {kernels: [containers/none]}\n",
            r"9: notebook.kernels\[0\]: .*requirements.txt",
        ),
        (
            'network: {mode: none}\nnotebook: {office_hours: {stop: "rate(1 day)", start: "rate(1 day)"}}\n',
            "9: notebook.office_hours.start: must differ from stop",
        ),
        ("network: {mode: none}\nnotebook: {instance_type: ml.t3.mediun}\n", "9: notebook.instance_type: "),
    ],
)
def test_what_cannot_work_is_refused_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(SettingsError, match=f"dev.yaml:{line}"):
        _template(tmp_path, text)
