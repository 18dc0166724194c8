"""Accepted findings are written for the checker that reads them, whenever it comes, and for no one else."""

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import Findings, acknowledge, acknowledge_in_template, default_child
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.observability.retained_logs import RetainedLogs

KEY = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY


@pytest.fixture(name="stack")
def stack_of_an_app(tmp_path: Path) -> cdk.Stack:
    return cdk.Stack(cdk.App(outdir=str(tmp_path)), "Stack")


def _accepted(construct: cdk.Stack) -> list[Any]:
    return [entry.data for entry in construct.node.metadata if entry.type == KEY]


def test_nothing_is_written_that_nothing_reads(stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cdk_nag")
    acknowledge(stack, "AwsSolutions-S1", reason="so it is")
    cdk.App.of(stack).synth()  # pyright: ignore[reportOptionalMemberAccess]
    assert _accepted(stack) == []


def test_it_is_written_at_once_where_cdk_nag_is(stack: cdk.Stack) -> None:
    acknowledge(stack, "AwsSolutions-S1", reason="so it is")
    assert _accepted(stack) == [{"Annotation::AwsSolutions-S1": "so it is"}]


def test_nothing_gathered_is_nothing_written(stack: cdk.Stack) -> None:
    Findings(stack).write()
    assert _accepted(stack) == []


def test_cdk_nag_may_come_when_all_is_built(stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "cdk_nag")
        RetainedLogs(stack, "Logs", group="/aws/sagemaker/Endpoints/churn", days=30)
        nested = cdk.Stack(cdk.Stage(stack, "Stage"), "Stack")
        RetainedLogs(nested, "Logs", group="/aws/sagemaker/Endpoints/churn", days=30)
    app = cdk.App.of(stack)
    assert isinstance(app, cdk.App)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.HIPAASecurityChecks(app))
    app.synth()


def test_a_function_that_does_not_grow_is_given_no_more(stack: cdk.Stack) -> None:
    function = LibraryFunction(
        stack,
        "Function",
        code="log_retention",
        handler="handler.handler",
        description="Does something",
        timeout_seconds=3,
        holds="It holds no data.",
    )
    with pytest.raises(TypeError, match="Stack/Function was made with all that it may do"):
        function.allow(Grants())


def test_what_templates_say_is_added_up(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    for rule in ("CKV_AWS_18", "s3_bucket_logging_enabled_check"):
        acknowledge_in_template(default_child(bucket), rule, reason=rule)
    template = cdk.assertions.Template.from_stack(stack)
    [resource] = template.find_resources("AWS::S3::Bucket").values()
    assert resource["Metadata"] == {
        "checkov": {"skip": [{"id": "CKV_AWS_18", "comment": "CKV_AWS_18"}]},
        "guard": {
            "SuppressedRules": ["s3_bucket_logging_enabled_check"],
            "Reasons": ["s3_bucket_logging_enabled_check"],
        },
    }
