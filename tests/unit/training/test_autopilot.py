"""Autopilot: what reaches the request, who may run it, and what is refused."""

import json
import re
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.models import Model
from sagemaker_constructs.network import VpcPlacement
from sagemaker_constructs.pipelines import AutoMLStep, Pipeline
from sagemaker_constructs.registry import ModelPackageGroup, ModelPackageVersion
from sagemaker_constructs.training import (
    AutoMLDefinition,
    AutoMLInput,
    AutoMLJob,
    ForecastProblem,
    ImageProblem,
    TabularProblem,
    TextGenerationProblem,
    TextProblem,
)
from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem

TABLE = TabularProblem("churned")
SERIES = ForecastProblem("sold", "day", "item", frequency="1D", horizon=7)


def _definition(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, problem: AutoMLProblem = TABLE, **given: Any
) -> AutoMLDefinition:
    data = AutoMLInput(bucket, "churn/train")
    return AutoMLDefinition(stack, "Search", problem=problem, data=data, output=bucket, encryption_key=key, **given)


def _request(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerAutoMLJobV2").values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    request = json.loads(
        "".join(part if isinstance(part, str) else "arn:aws:iam::123456789012:role/r" for part in parts)
    )
    shape = cast(Any, service_model()).operation_model("CreateAutoMLJobV2").input_shape
    validator: Any = botocore.validate.ParamValidator()
    found = validator.validate({"AutoMLJobName": "search", **request}, shape)
    assert not found.has_errors(), found.generate_report()
    return request


def test_defaults(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    AutoMLJob(stack, "Once", definition=_definition(stack, key, bucket))
    request = _request(stack)
    assert request["AutoMLProblemTypeConfig"] == {
        "TabularJobConfig": {
            "TargetAttributeName": "churned",
            "Mode": "ENSEMBLING",
            "CompletionCriteria": {"MaxCandidates": 10, "MaxAutoMLJobRuntimeInSeconds": 3000},
        }
    }
    [channel] = request["AutoMLJobInputDataConfig"]
    assert channel["ChannelType"] == "training"
    assert channel["ContentType"] == "text/csv;header=present"
    assert channel["DataSource"]["S3DataSource"]["S3Uri"].endswith("/churn/train/")
    assert request["OutputDataConfig"]["S3OutputPath"].endswith("/autopilot")
    assert request["OutputDataConfig"]["KmsKeyId"]
    security = request["SecurityConfig"]
    assert security.keys() == {"VolumeKmsKeyId", "EnableInterContainerTrafficEncryption"}
    assert security["EnableInterContainerTrafficEncryption"] is True
    assert "AutoMLJobObjective" not in request


def test_everything_given_reaches_the_request(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, placement: VpcPlacement
) -> None:
    definition = _definition(
        stack,
        key,
        bucket,
        TabularProblem("churned", kind="BinaryClassification", metric="AUC", mode="AUTO"),
        validation=AutoMLInput(bucket, "churn/held", content_type="x-application/vnd.amazon+parquet"),
        max_candidates=750,
        max_runtime=Duration.minutes(40),
        max_training_runtime=Duration.minutes(10),
        output_prefix="found/",
        placement=placement,
        tags={"team": "risk"},
    )
    AutoMLJob(stack, "Once", definition=definition)
    request = _request(stack)
    table = request["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert (table["ProblemType"], table["Mode"]) == ("BinaryClassification", "AUTO")
    assert table["CompletionCriteria"] == {
        "MaxCandidates": 750,
        "MaxAutoMLJobRuntimeInSeconds": 2400,
        "MaxRuntimePerTrainingJobInSeconds": 600,
    }
    held = request["AutoMLJobInputDataConfig"][1]
    assert (held["ChannelType"], held["ContentType"]) == ("validation", "x-application/vnd.amazon+parquet")
    assert request["AutoMLJobObjective"] == {"MetricName": "AUC"}
    assert len(request["SecurityConfig"]["VpcConfig"]["Subnets"]) == 2
    assert request["OutputDataConfig"]["S3OutputPath"].endswith("/found")
    assert request["Tags"] == [{"Key": "team", "Value": "risk"}]


@pytest.mark.parametrize(
    ("problem", "config"),
    [
        (ImageProblem(), {}),
        (TextProblem("text", "label"), {"ContentColumn": "text", "TargetLabelColumn": "label"}),
        (
            ForecastProblem(
                "sold",
                "day",
                "item",
                frequency="1D",
                horizon=7,
                quantiles=["p10", "mean"],
                grouping=["shop"],
                metric="WAPE",
            ),
            {
                "ForecastFrequency": "1D",
                "ForecastHorizon": 7,
                "ForecastQuantiles": ["p10", "mean"],
                "TimeSeriesConfig": {
                    "TargetAttributeName": "sold",
                    "TimestampAttributeName": "day",
                    "ItemIdentifierAttributeName": "item",
                    "GroupingAttributeNames": ["shop"],
                },
            },
        ),
        (
            TextGenerationProblem("Llama2-7B", {"epochCount": "2"}, accept_eula=True),
            {
                "BaseModelName": "Llama2-7B",
                "TextGenerationHyperParameters": {"epochCount": "2"},
                "ModelAccessConfig": {"AcceptEula": True},
            },
        ),
    ],
)
def test_every_problem_has_one_candidate_beside_tables(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, problem: AutoMLProblem, config: dict[str, Any]
) -> None:
    AutoMLJob(stack, "Once", definition=_definition(stack, key, bucket, problem))
    [(member, given)] = _request(stack)["AutoMLProblemTypeConfig"].items()
    criteria = given.pop("CompletionCriteria")
    assert (member, given, criteria["MaxCandidates"]) == (problem.member, config, 1)


def test_the_winner_is_registered_and_served(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    job = AutoMLJob(stack, "Once", definition=_definition(stack, key, bucket))
    ModelPackageVersion(stack, "Version", group=ModelPackageGroup(stack, "Group"), container=job.container)
    container = job.container
    Model(stack, "Model", image=container.image, artifact=container.artifact, environment=container.environment)
    template = Template.from_stack(stack)
    [once] = template.find_resources("Custom::SageMakerAutoMLJobV2")
    [version] = template.find_resources("AWS::SageMaker::ModelPackage").values()
    [registered] = version["Properties"]["InferenceSpecification"]["Containers"]
    assert registered["Image"] == {"Fn::GetAtt": [once, "Image"]}
    assert registered["ModelDataUrl"] == {"Fn::GetAtt": [once, "ModelArtifactUrl"]}
    assert registered["Environment"]["SAGEMAKER_PROGRAM"] == {"Fn::GetAtt": [once, "Program"]}
    pulled = json.dumps(allowed(statements(stack), "ecr:BatchGetImage"))
    assert ":*:repository/*" in pulled


def test_other_constructs_grant_to_the_role_of_a_search(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    definition = _definition(stack, key, bucket)
    s3.Bucket.from_bucket_name(stack, "Other", "other-rows").grant_read(definition.role)
    read = allowed(statements(stack, "SearchExecutionRole"), "s3:GetObject*")
    assert any("other-rows/*" in str(each) for each in read)


@pytest.mark.parametrize("problem", [TabularProblem("churned", mode="AUTO"), ImageProblem(), TextProblem("a", "b")])
def test_a_winner_of_several_containers_is_refused(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, problem: AutoMLProblem
) -> None:
    job = AutoMLJob(stack, "Once", definition=_definition(stack, key, bucket, problem))
    with pytest.raises(InvalidInput, match=r"definition\.problem must be a problem whose winner is one container"):
        _ = job.container


def test_the_job_starts_once_its_role_may_start_others(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    AutoMLJob(stack, "Once", definition=_definition(stack, key, bucket))
    template = Template.from_stack(stack)
    [job] = template.find_resources("Custom::SageMakerAutoMLJobV2").values()
    policies = {
        name
        for name, policy in template.find_resources("AWS::IAM::Policy").items()
        if "sagemaker:CreateProcessingJob" in json.dumps(policy)
    }
    assert policies
    assert policies <= set(job["DependsOn"])
    text = json.dumps(template.to_json())
    for action in ("CreateAutoMLJobV2", "DescribeAutoMLJobV2", "StopAutoMLJob"):
        assert f'"sagemaker:{action}"' in text
    assert "StopAutoMLJobV2" not in text


@pytest.mark.parametrize(
    ("problem", "given", "refusal"),
    [
        (TABLE, {"max_candidates": 751}, "max_candidates must be between 1 and 750"),
        (TABLE, {"max_runtime": Duration.days(29)}, "max_runtime"),
        (TABLE, {"max_training_runtime": Duration.hours(2)}, "max_training_runtime"),
        (TextProblem("a", "b"), {"max_candidates": 2}, "max_candidates is refused by AWS: MaxCandidates is 1"),
        (TabularProblem("a", metric="AUC"), {}, "problem.kind is refused by AWS: A TabularJobConfig has"),
        (TabularProblem("a", "Regression", "AUC"), {}, "problem.metric is refused by AWS"),
        (SERIES, {"validation": "held"}, "validation must be left out"),
        (ImageProblem(), {"data": "text/csv"}, "data.content_type must be a known value"),
    ],
)
def test_what_autopilot_refuses_is_refused(
    stack: Stack,
    key: kms.IKey,
    bucket: s3.IBucket,
    problem: AutoMLProblem,
    given: dict[str, Any],
    refusal: str,
) -> None:
    options = dict(given)
    content_type = options.pop("data", None)
    if "validation" in options:
        options["validation"] = AutoMLInput(bucket, options["validation"])
    with pytest.raises(InvalidInput, match=re.escape(refusal)):
        AutoMLDefinition(
            stack,
            "Search",
            problem=problem,
            data=AutoMLInput(bucket, "rows", content_type),
            output=bucket,
            encryption_key=key,
            **options,
        )


def test_what_cannot_wait_for_it_is_refused(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    definition = _definition(stack, key, bucket, max_runtime=Duration.hours(2))
    with pytest.raises(InvalidInput, match=r"definition\.max_runtime in minutes must be between 1 and 55"):
        AutoMLJob(stack, "Once", definition=definition)
    with pytest.raises(InvalidInput, match="cannot be a state: Step Functions has no task that waits for it"):
        definition.as_state("State")
    with pytest.raises(InvalidInput, match="cannot be scheduled by itself"):
        definition.schedule("Nightly", "rate(1 day)")


def test_a_pipeline_runs_the_first_version(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    table = TabularProblem("churned", kind="Regression", metric="R2")
    definition = _definition(stack, key, bucket, table, max_candidates=3, tags={"team": "risk"})
    search = AutoMLStep("Search", definition)
    Pipeline(stack, "Pipeline", steps=[search])
    request = cast(Any, search.arguments())
    shape = cast(Any, service_model()).operation_model("CreateAutoMLJob").input_shape
    validator: Any = botocore.validate.ParamValidator()
    # A token is as long as its number, which depends on the tests before.
    given = {"AutoMLJobName": "search", **request, "RoleArn": "arn:aws:iam::123456789012:role/search"}
    found = validator.validate(given, shape)
    assert not found.has_errors(), found.generate_report()
    assert [each["TargetAttributeName"] for each in request["InputDataConfig"]] == ["churned"]
    assert (request["ProblemType"], request["AutoMLJobObjective"]) == ("Regression", {"MetricName": "R2"})
    config = request["AutoMLJobConfig"]
    assert config["CompletionCriteria"] == {"MaxCandidates": 3, "MaxAutoMLJobRuntimeInSeconds": 3000}
    assert config["Mode"] == "ENSEMBLING"
    assert config["SecurityConfig"]["EnableInterContainerTrafficEncryption"] is True
    passed = json.dumps(allowed(statements(stack, "Pipeline"), "iam:PassRole"))
    [role] = [name for name in Template.from_stack(stack).find_resources("AWS::IAM::Role") if "Search" in name]
    assert role in passed


@pytest.mark.parametrize("problem", [TabularProblem("churned", mode="AUTO"), TextProblem("text", "label")])
def test_what_a_pipeline_cannot_search_is_refused_by_name(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, problem: AutoMLProblem
) -> None:
    with pytest.raises(InvalidInput, match=r"^Search: search\.problem must be a TabularProblem of the mode"):
        AutoMLStep("Search", _definition(stack, key, bucket, problem))
