"""Spark on EMR Serverless: what is provisioned, what a run asks for, and what is refused."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import EmrServerlessApplication, EmrServerlessJob
from sagemaker_constructs.network.vpc_placement import VpcPlacement

Make = Callable[..., EmrServerlessJob]


@pytest.fixture
def make(stack: Stack, key: kms.IKey, bucket: s3.IBucket, tmp_path: Path) -> Make:
    script = tmp_path / "clean.py"
    script.write_text("print('rows')\n")

    def of(*, of_application: dict[str, Any] | None = None, **given: Any) -> EmrServerlessJob:
        application = EmrServerlessApplication(stack, "Spark", **(of_application or {}))
        arguments: dict[str, Any] = {"script": str(script), "logs": bucket, "encryption_key": key, **given}
        return EmrServerlessJob(stack, "Clean", application=application, **arguments)

    return of


def test_an_application_has_no_capacity_that_waits(stack: Stack, placement: VpcPlacement) -> None:
    application = EmrServerlessApplication(stack, "Spark", placement=placement)
    application.grant_run(iam.Role.from_role_name(stack, "Caller", "caller"))
    [made] = Template.from_stack(stack).find_resources("AWS::EMRServerless::Application").values()
    properties = made["Properties"]
    assert properties["MaximumCapacity"] == {"Cpu": "16 vCPU", "Memory": "64 GB", "Disk": "200 GB"}
    assert properties["AutoStopConfiguration"] == {"Enabled": True, "IdleTimeoutMinutes": 5}
    assert (properties["ReleaseLabel"], properties["Architecture"]) == ("emr-7.14.0", "ARM64")
    assert "InitialCapacity" not in properties
    assert properties["NetworkConfiguration"].keys() == {"SubnetIds", "SecurityGroupIds"}


def test_a_run_is_what_the_service_takes(make: Make) -> None:
    job = make(arguments=["--day", "1"], settings={"spark.sql.shuffle.partitions": "8"})
    request = {"applicationId": "00abc", "executionRoleArn": "arn:aws:iam::123456789012:role/r", **job.request}
    model: Any = import_module("botocore.session").get_session().get_service_model("emr-serverless")
    shape = model.operation_model("StartJobRun").input_shape
    # Tokens stand for addresses.
    written = json.loads(json.dumps(request).replace("${Token", "arn:aws:kms:us-east-1:123456789012:key/a${Token"))
    validator: Any = botocore.validate.ParamValidator()
    report = validator.validate({**written, "clientToken": "a"}, shape)
    assert not report.has_errors(), report.generate_report()
    submitted = cast("dict[str, Any]", request["jobDriver"])["sparkSubmit"]
    assert submitted["entryPointArguments"] == ["--day", "1"]
    assert submitted["sparkSubmitParameters"] == (
        "--conf spark.driver.cores=2 --conf spark.driver.memory=7447m"
        " --conf spark.executor.cores=2 --conf spark.executor.memory=7447m"
        " --conf spark.dynamicAllocation.maxExecutors=4 --conf spark.sql.shuffle.partitions=8"
    )
    assert request["executionTimeoutMinutes"] == 60
    # With the tenth that Spark adds, a worker of 8 GB holds it.
    assert 7447 * 1.1 <= 8 * 1024


def test_a_schedule_starts_one_run(make: Make, stack: Stack) -> None:
    make().schedule("Nightly", "cron(0 3 * * ? *)")
    template = Template.from_stack(stack)
    [schedule] = template.find_resources("AWS::Scheduler::Schedule").values()
    target = json.dumps(schedule["Properties"]["Target"])
    for part in ("aws-sdk:emrserverless:startJobRun", "<aws.scheduler.execution-id>", "SparkSubmitParameters"):
        assert part in target
    roles = json.dumps(template.find_resources("AWS::IAM::Role"))
    assert "emr-serverless:StartJobRun" in roles
    assert "iam:PassRole" in roles


def test_the_role_reads_its_script_and_writes_its_logs(make: Make, stack: Stack) -> None:
    make()
    roles = json.dumps(Template.from_stack(stack).find_resources("AWS::IAM::Role"))
    assert "emr-serverless.amazonaws.com" in roles
    assert "aws:SourceAccount" in roles
    assert "/emr-serverless/" in roles


@pytest.mark.parametrize(
    ("application", "given", "message"),
    [
        ({"release": "emr-5.36.0"}, {}, "release must be emr-6.6.0 or later on EMR Serverless, got: 'emr-5.36.0'"),
        ({"release": "latest"}, {}, "release must be a whole release such as emr-7.14.0"),
        ({"architecture": "arm64"}, {}, "architecture must be a known value, got: 'arm64'"),
        ({"idle_minutes": 0}, {}, "idle_minutes must be between 1 and 10080, got: 0"),
        ({}, {"script": "nothing.py"}, "script must be a Python file that exists"),
        ({}, {"vcpus": 3}, "vcpus must be 1, 2, 4, 8 or 16 of a worker, got: 3"),
        ({}, {"memory_gb": 40}, "memory_gb must be between 4 and 16, got: 40"),
        ({}, {"vcpus": 8, "memory_gb": 17}, "memory_gb must be a multiple of 4 with 8 vCPUs, got: 17"),
        ({"max_vcpus": 2}, {}, "vcpus must leave room for a driver and an executor in 2, got: 2"),
        ({"max_memory_gb": 8}, {}, "memory_gb must leave room for a driver and an executor in 8, got: 8"),
        ({}, {"settings": {"spark.executor.memory": "1g"}}, "settings[spark.executor.memory] is set by an option"),
        ({}, {"settings": {"hive.x": "1"}}, "settings[hive.x] must be a property of Spark"),
        ({}, {"settings": {"spark.x": "a b"}}, "settings[spark.x] must be without spaces"),
    ],
)
def test_refused(make: Make, application: dict[str, Any], given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(of_application=application, **given)
    assert any(message in line for line in refused.value.lines), refused.value.lines
