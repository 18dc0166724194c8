"""What the README says is left of a platform after `make destroy`: all of it, as the templates have it."""

import pytest

from harness.documents import PROJECT
from harness.platform_templates import SynthesizedStack, all_stacks

NAMED = {
    "AWS::DynamoDB::Table": "the table of approvals",
    "AWS::ECR::Repository": "the repository of images",
    "AWS::Glue::Database": "the database of the lake",
    "AWS::IAM::Policy": "and its role",
    "AWS::IAM::Role": "the role that API Gateway writes logs with",
    "AWS::KMS::Key": "the KMS key",
    "AWS::Logs::LogGroup": "the log group of each job of Batch",
    "AWS::RedshiftServerless::Namespace": "the warehouse's namespace with its tables",
    "AWS::S3::Bucket": "the four buckets",
    "AWS::SageMaker::Domain": "the domain of Studio",
    "AWS::SageMaker::FeatureGroup": "the feature group with its records",
    "AWS::SageMaker::MlflowApp": "the MLflow app with its runs",
    "AWS::SageMaker::ModelPackage": "the versions of a registered model",
    "AWS::SageMaker::ModelPackageGroup": "and their group",
    "AWS::SageMaker::NotebookInstance": "the notebook instance with its volume",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": "its lifecycle",
    "AWS::SageMaker::UserProfile": "with its people",
    "AWS::SQS::Queue": "the queue of features and that of its dead letters",
}
"""Type that is retained: its words in the table."""


@pytest.fixture(scope="module")
def table() -> str:
    _, _, after = (PROJECT / "README.md").read_text().partition("| stays after `make destroy` |")
    return after.partition("\n\n")[0]


@pytest.fixture(scope="module")
def stacks() -> list[SynthesizedStack]:
    return all_stacks()


def _retained(stack: SynthesizedStack) -> list[str]:
    kept = ("Retain", "RetainExceptOnCreate")
    return [each["Type"] for each in stack.resources("AWS::").values() if each.get("DeletionPolicy") in kept]


def test_every_type_that_is_retained_is_named(table: str, stacks: list[SynthesizedStack]) -> None:
    assert {type_ for stack in stacks for type_ in _retained(stack)} == NAMED.keys()
    assert [words for words in NAMED.values() if words not in table] == []


def test_the_buckets_are_counted(stacks: list[SynthesizedStack]) -> None:
    counts = [_retained(stack).count("AWS::S3::Bucket") for stack in stacks]
    assert {count for count in counts if count} == {4}


def test_log_groups_are_named_that_no_stack_deletes(table: str, stacks: list[SynthesizedStack]) -> None:
    assert "`/aws/sagemaker/…`" in table
    functions = [each for stack in stacks for each in stack.resources("AWS::Lambda::Function").values()]
    assert any("LoggingConfig" not in each["Properties"] for each in functions)
    assert "`/aws/lambda/…` of functions without a group of their own" in table
    assert "its three log groups" in table
    kept = ("AWS::Batch::JobDefinition", "AWS::RedshiftServerless::Namespace")
    others = [stack for stack in stacks if not any(stack.resources(kind) for kind in kept)]
    groups = [each for stack in others for each in stack.resources("AWS::Logs::LogGroup").values()]
    assert {each["DeletionPolicy"] for each in groups} == {"Delete"}
