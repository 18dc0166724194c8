"""The excerpt of the resource schemas is current, and small."""

from harness.documents import PROJECT
from sagemaker_constructs.plan.create_only import is_described, names_of, requirement
from tools.create_only import TARGET, excerpt_text


def test_the_excerpt_is_current() -> None:
    assert (PROJECT / TARGET).read_text() == excerpt_text(), "Run: make schema"


def test_the_excerpt_is_small() -> None:
    assert (PROJECT / TARGET).stat().st_size < 100_000


def test_all_types_of_sagemaker_are_described() -> None:
    for kind in ("Model", "EndpointConfig", "FeatureGroup", "MlflowApp", "Cluster", "InferenceExperiment"):
        assert is_described(f"AWS::SageMaker::{kind}")


def test_a_requirement_is_that_of_the_schema() -> None:
    assert requirement("AWS::SageMaker::Model", ("VpcConfig", "Subnets"), [1], [2]) == "replacement"
    assert requirement("AWS::SageMaker::Endpoint", ("EndpointConfigName",), 1, 2) == "update"
    assert requirement("AWS::DynamoDB::Table", ("KeySchema",), 1, 2) == "perhaps"
    assert requirement("Custom::Anything", ("Name",), 1, 2) == "update"


def test_names_are_those_that_no_other_may_have() -> None:
    assert names_of("AWS::SageMaker::FeatureGroup") == ["FeatureGroupName"]
    assert names_of("AWS::SageMaker::EndpointConfig") == ["EndpointConfigName"]
    assert names_of("AWS::S3::Bucket") == ["BucketName"]
    assert list(names_of("AWS::SageMaker::Domain")) == []
