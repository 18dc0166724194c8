"""A Spark job: what runs, as whom, and what is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "job.py"
    path.write_text("print(1)\n")
    return str(path)


def _made(stack: Stack) -> Mapping[str, Any]:
    [made] = Template.from_stack(stack).find_resources("AWS::Glue::Job").values()
    return made["Properties"]


def _allowed(stack: Stack) -> set[str]:
    return {action for each in statements(stack) for action in actions_of(each)}


def test_a_job_is_small_encrypted_and_ends(stack: Stack, script: str, bucket: s3.IBucket) -> None:
    sm.SparkJob(stack, "Clean", script=script, temporary=bucket, arguments={"source": "s3://a/b"})
    made = _made(stack)
    assert (made["GlueVersion"], made["WorkerType"], made["NumberOfWorkers"]) == ("5.1", "G.1X", 2)
    assert (made["Timeout"], made["MaxRetries"], made["ExecutionClass"]) == (60, 0, "STANDARD")
    assert made["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert (made["Command"]["Name"], made["Command"]["PythonVersion"]) == ("glueetl", "3")
    passed = made["DefaultArguments"]
    assert passed["--source"] == "s3://a/b"
    assert passed["--job-bookmark-option"] == "job-bookmark-disable"
    assert "Name" not in made
    Template.from_stack(stack).has_resource_properties(
        "AWS::Glue::SecurityConfiguration",
        {
            "EncryptionConfiguration": {
                "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": Match.any_value()},
                "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": Match.any_value()},
                "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": Match.any_value()}],
            }
        },
    )
    assert not any(action.startswith("glue:") for action in _allowed(stack))


def test_options_reach_the_job(stack: Stack, script: str, bucket: s3.IBucket) -> None:
    sm.SparkJob(
        stack,
        "Clean",
        script=script,
        temporary=bucket,
        bookmarks=True,
        flexible=True,
        worker_type="G.2X",
        workers=5,
        timeout=Duration.hours(2),
        max_retries=1,
        max_concurrent_runs=3,
        python_modules=["pyarrow==20.0.0"],
    )
    made = _made(stack)
    assert (made["ExecutionClass"], made["NumberOfWorkers"], made["Timeout"]) == ("FLEX", 5, 120)
    assert made["DefaultArguments"]["--job-bookmark-option"] == "job-bookmark-enable"
    assert made["DefaultArguments"]["--additional-python-modules"] == "pyarrow==20.0.0"


def test_glue_6_warns_that_there_is_no_way_back(stack: Stack, script: str, bucket: s3.IBucket) -> None:
    sm.SparkJob(stack, "Old", script=script, temporary=bucket)
    Annotations.from_stack(stack).has_no_warning("*", Match.string_like_regexp("earlier versions"))


def test_glue_6_is_opted_into(stack: Stack, script: str, bucket: s3.IBucket) -> None:
    sm.SparkJob(stack, "New", script=script, temporary=bucket, glue_version="6.0")
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp("earlier versions"))
    assert _made(stack)["GlueVersion"] == "6.0"


def test_running_it_is_granted(stack: Stack, script: str, bucket: s3.IBucket) -> None:
    job = sm.SparkJob(stack, "Clean", script=script, temporary=bucket)
    caller = iam.Role(stack, "Caller", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    job.grant_run(cast(iam.IRole, caller))
    assert {"glue:StartJobRun", "glue:BatchStopJobRun"} <= _allowed(stack)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"script": "nowhere.py"}, "script must be a Python file that exists"),
        ({"arguments": {"TempDir": "x"}}, r"arguments\[TempDir\] is set by an option"),
        ({"arguments": {"enable-metrics": "x"}}, r"arguments\[enable-metrics\] is set by an option"),
        ({"arguments": {"a b": "x"}}, r"arguments\[a b\] must be letters"),
        ({"python_modules": ["pyarrow"]}, r"python_modules\[0\] must be name==version"),
        ({"workers": 1}, "workers must be between 2"),
        ({"worker_type": "Standard"}, "worker_type must be"),
        (
            {"flexible": True, "worker_type": "R.1X"},
            "flexible is refused by AWS: .* supports the worker types G.1X and G.2X, got: FLEX with R.1X",
        ),
        ({"glue_version": "2.0"}, "glue_version must be"),
        ({"max_retries": 11}, "max_retries must be between 0"),
        ({"max_concurrent_runs": 0}, "max_concurrent_runs must be between 1"),
        ({"timeout": Duration.seconds(5)}, "timeout"),
    ],
)
def test_what_glue_would_not_run_is_refused(
    stack: Stack, script: str, bucket: s3.IBucket, given: dict[str, Any], message: str
) -> None:
    wanted: dict[str, Any] = {"script": script, **given}
    with pytest.raises(InvalidInput, match=message):
        sm.SparkJob(stack, "Clean", temporary=bucket, **wanted)
