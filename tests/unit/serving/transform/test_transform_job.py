"""Batch transform: the request, the rights, the ways to run it, and what is refused."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk.assertions import Match, Template

from harness.api_shapes import problems_of_call
from harness.policies import actions_of, allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_job import TransformJob
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.transform.transform_processing import TransformProcessing
from sagemaker_constructs.serving.transform.transform_requests import TransformRequests

JOIN = TransformProcessing(input_filter="$[1:]", output_filter="$[0,-1]", join_input=True)


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image"))


class Definition:
    """Makes definitions over the same ground."""

    def __init__(self, stack: Stack, model: Model, key: kms.IKey, bucket: s3.IBucket) -> None:
        self.stack, self.model, self.key, self.bucket = stack, model, key, bucket

    def __call__(
        self, *, given: Mapping[str, Any] | None = None, output: Mapping[str, Any] | None = None, **settings: Any
    ) -> BatchTransform:
        arguments: dict[str, Any] = {"instance_type": "ml.m5.large", **settings}
        reading: dict[str, Any] = {"prefix": "churn/new", **(given or {})}
        writing: dict[str, Any] = {"prefix": "churn/scored", **(output or {})}
        return BatchTransform(
            self.stack,
            "Scoring",
            model=self.model,
            input=TransformInput(self.bucket, **reading),
            output=TransformOutput(self.bucket, **writing),
            encryption_key=self.key,
            **arguments,
        )

    def problems(self, **settings: Any) -> list[str]:
        with pytest.raises(InvalidInput) as refusal:
            self(**settings)
        return [problem.removeprefix("Stack/Scoring: ") for problem in refusal.value.lines]


@pytest.fixture
def define(stack: Stack, model: Model, key: kms.IKey, bucket: s3.IBucket) -> Definition:
    return Definition(stack, model, key, bucket)


def _text(value: Any) -> str:
    """A joined string of a template, references replaced by ``token``."""
    if isinstance(value, str):
        return value
    _, parts = value["Fn::Join"]
    return "".join(part if isinstance(part, str) else "token" for part in parts)


def _request(stack: Stack, type_: str = "Custom::SageMakerTransformJob") -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources(type_).values()
    return json.loads(_text(resource["Properties"]["Request"]))


def _everything(define: Definition) -> BatchTransform:
    return define(
        given={"content_type": "text/csv", "compression": "Gzip", "manifest": "lists/today.manifest"},
        output={"accept": "text/csv"},
        instance_count=2,
        processing=JOIN,
        requests=TransformRequests(
            strategy="MultiRecord",
            max_payload_mb=20,
            max_concurrent=5,
            timeout=Duration.minutes(2),
            max_retries=1,
        ),
        environment={"THRESHOLD": "0.4"},
        tags={"team": "risk"},
    )


def test_defaults(stack: Stack, define: Definition) -> None:
    TransformJob(stack, "Score", definition=define())
    assert _request(stack) == {
        "ModelName": "token",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://token/churn/new/"}},
            "ContentType": "text/csv",
            "CompressionType": "None",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": "s3://token/churn/scored",
            "Accept": "text/csv",
            "AssembleWith": "Line",
            "KmsKeyId": "token",
        },
        "TransformResources": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeKmsKeyId": "token",
        },
    }


def test_everything_given_reaches_the_request(stack: Stack, define: Definition) -> None:
    TransformJob(stack, "Score", definition=_everything(define))
    request = _request(stack)
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    assert source == {"S3DataType": "ManifestFile", "S3Uri": "s3://token/lists/today.manifest"}
    assert request["TransformInput"]["CompressionType"] == "Gzip"
    assert request["TransformResources"]["InstanceCount"] == 2
    assert request["DataProcessing"] == {
        "InputFilter": "$[1:]",
        "OutputFilter": "$[0,-1]",
        "JoinSource": "Input",
    }
    assert (request["BatchStrategy"], request["MaxPayloadInMB"], request["MaxConcurrentTransforms"]) == (
        "MultiRecord",
        20,
        5,
    )
    assert request["ModelClientConfig"] == {"InvocationsTimeoutInSeconds": 120, "InvocationsMaxRetries": 1}
    assert request["Environment"] == {"THRESHOLD": "0.4"}
    assert request["Tags"] == [{"Key": "team", "Value": "risk"}]


@pytest.mark.parametrize("complete", [False, True])
def test_the_api_takes_the_request(stack: Stack, define: Definition, complete: bool) -> None:
    transform = _everything(define) if complete else define()
    request = {"TransformJobName": "name-1", **stack.resolve(transform.request)}
    assert problems_of_call("CreateTransformJob", request) == []
    wrong = {**request, "Environment": {f"NAME_{number}": "x" for number in range(17)}}
    assert problems_of_call("CreateTransformJob", wrong) != []


def test_local_disks_refuse_a_key(define: Definition) -> None:
    transform = define(instance_type="ml.g5.xlarge")
    assert transform.request["TransformResources"] == {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}
    assert transform.volume_key is None


def _resources_of(found: list[dict[str, Any]], action: str) -> list[str]:
    return [_text(each) for each in allowed(found, action)]


def test_the_model_s_role_reads_the_input_and_writes_the_output(stack: Stack, define: Definition) -> None:
    _everything(define)
    found = statements(stack, "Churn")
    assert _resources_of(found, "s3:GetObject") == ["token/churn/new/*", "token/lists/today.manifest"]
    assert _resources_of(found, "s3:PutObject") == ["token/churn/scored/*"]
    assert any("kms:CreateGrant" in actions_of(statement) for statement in found)
    assert not any(action.endswith("*") for statement in found for action in actions_of(statement))


def test_the_provider_may_run_jobs_of_this_name_and_pass_no_role(stack: Stack, define: Definition) -> None:
    TransformJob(stack, "Score", definition=define())
    found = statements(stack, "SageMakerJobProvider")
    [jobs] = _resources_of(found, "sagemaker:CreateTransformJob")
    assert ":transform-job/stack-score-" in jobs
    assert jobs.endswith("-*")
    assert not any("iam:PassRole" in actions_of(statement) for statement in found)
    [job] = Template.from_stack(stack).find_resources("Custom::SageMakerTransformJob").values()
    template = Template.from_stack(stack)
    access = [
        name
        for name, policy in template.find_resources("AWS::IAM::Policy").items()
        if "s3:PutObject" in str(policy) and "ChurnExecutionRole" in str(policy["Properties"]["Roles"])
    ]
    assert access
    assert set(access) <= set(job["DependsOn"])


def test_two_jobs_share_a_definition(stack: Stack, define: Definition) -> None:
    transform = define()
    TransformJob(stack, "First", definition=transform)
    TransformJob(stack, "Second", definition=transform)
    template = Template.from_stack(stack)
    template.resource_count_is("Custom::SageMakerTransformJob", 2)


def test_a_schedule_calls_sagemaker_itself(stack: Stack, define: Definition) -> None:
    transform = define()
    transform.schedule("Nightly", "cron(0 3 * * ? *)", timezone="Europe/Berlin")
    [schedule] = Template.from_stack(stack).find_resources("AWS::Scheduler::Schedule").values()
    properties = schedule["Properties"]
    assert properties["ScheduleExpression"] == "cron(0 3 * * ? *)"
    assert properties["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert _text(properties["Target"]["Arn"]) == "arn:token:scheduler:::aws-sdk:sagemaker:createTransformJob"
    called = json.loads(_text(properties["Target"]["Input"]))
    prefix, execution = called.pop("TransformJobName").split("-<")
    assert execution == "aws.scheduler.execution-id>"
    # An execution's identifier has up to 36 characters.
    assert len(prefix) + 1 + 36 <= 63
    assert set(called) == set(transform.request)
    found = statements(stack, "ScoringNightly")
    [jobs] = _resources_of(found, "sagemaker:CreateTransformJob")
    assert jobs.endswith(f":transform-job/{prefix}-*")
    assert not _resources_of(found, "sagemaker:StopTransformJob")


@pytest.mark.parametrize("expression", ["0 3 * * *", "every day", "cron()"])
def test_a_wrong_schedule_is_refused(define: Definition, expression: str) -> None:
    with pytest.raises(InvalidInput, match="schedule must be cron"):
        define().schedule("Nightly", expression)


def test_a_state_runs_the_job_under_a_name_of_its_own(stack: Stack, define: Definition) -> None:
    transform = _everything(define)
    state = cast(dict[str, Any], stack.resolve(transform.as_state("Score").to_state_json()))
    assert _text(state["Resource"]) == "arn:token:states:::sagemaker:createTransformJob.sync"
    name = state["Parameters"].pop("TransformJobName.$")
    assert name.startswith("States.Format('")
    assert name.endswith("-{}', States.UUID())")
    assert state["Parameters"] == stack.resolve(transform.request)


def test_a_state_takes_another_input(stack: Stack, define: Definition) -> None:
    state = cast(dict[str, Any], stack.resolve(define().as_state("Score", input_url="$.url").to_state_json()))
    given = state["Parameters"]["TransformInput"]
    assert given["DataSource"] == {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri.$": "$.url"}}
    assert given["SplitType"] == "Line"


def test_a_state_machine_may_run_the_state(stack: Stack, define: Definition) -> None:
    transform = define()
    body = stepfunctions.DefinitionBody.from_chainable(transform.as_state("Score"))
    machine = stepfunctions.StateMachine(stack, "Machine", definition_body=body)
    transform.grant_run(machine.role)
    found = statements(stack, "MachineRole")
    for action in ("CreateTransformJob", "DescribeTransformJob", "StopTransformJob"):
        [jobs] = _resources_of(found, f"sagemaker:{action}")
        assert ":transform-job/stack-scoring" in jobs
    [rule] = _resources_of(found, "events:PutRule")
    assert rule.endswith(":rule/StepFunctionsGetEventsForSageMakerTransformJobsRule")


def test_new_data_starts_a_state_machine(stack: Stack, define: Definition) -> None:
    define().on_new_data("Arrivals")
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": Match.object_like({"object": Match.object_like({"key": [{"prefix": "churn/new/"}]})}),
            }
        },
    )
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
    )
    [machine] = template.find_resources("AWS::StepFunctions::StateMachine").values()
    definition = _text(machine["Properties"]["DefinitionString"])
    assert "States.Format('s3://{}/{}', $.detail.bucket.name, $.detail.object.key)" in definition
    assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}
    states: dict[str, Any] = json.loads(definition)["States"]
    [look] = [
        state for state in states.values() if state["Resource" if "Resource" in state else "Type"].endswith("V2")
    ]
    assert look["Parameters"]["Prefix.$"] == "$.detail.object.key"
    choice = states[look["Next"]]
    assert states[choice["Choices"][0]["Next"]]["Type"] == "Fail"
    assert states[choice["Default"]]["Resource"].endswith("createTransformJob.sync")


def test_new_data_needs_a_prefix(define: Definition) -> None:
    with pytest.raises(InvalidInput, match="on_new_data needs an input without a manifest"):
        define(given={"manifest": "list.json"}).on_new_data("Arrivals")


REQUESTS = TransformRequests
PROCESSING = TransformProcessing
LINES = "application/jsonlines"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"instance_type": "ml.m5.larg"}, "instance_type must be a known value, got: 'ml.m5.larg'"),
        ({"instance_count": 101}, "instance_count must be between 1 and 100, got: 101"),
        ({"environment": {f"N{n}": "" for n in range(17)}}, "environment may hold at most 16 entries, got: 17"),
        ({"environment": {"a-b": ""}}, "environment must be named with letters, digits and _, got: 'a-b'"),
        ({"environment": {"A": "x" * 10_241}}, "environment A may have at most 10240 characters, got: 10241"),
        ({"tags": {f"N{n}": "" for n in range(51)}}, "tags may hold at most 50 entries, got: 51"),
        ({"requests": REQUESTS(max_payload_mb=101)}, "requests.max_payload_mb must be between 0 and 100, got: 101"),
        (
            {"requests": REQUESTS(max_payload_mb=20, max_concurrent=6)},
            "requests.max_concurrent is refused by AWS: MaxConcurrentTransforms times MaxPayloadInMB",
        ),
        ({"requests": REQUESTS(max_concurrent=0)}, "requests.max_concurrent must be between 1 and 100, got: 0"),
        (
            {"requests": REQUESTS(max_payload_mb=0)},
            "requests.max_payload_mb is refused by AWS: A MaxPayloadInMB of 0",
        ),
        (
            {"requests": REQUESTS(strategy="SingleRecord"), "given": {"split": "None"}},
            "requests.strategy is refused by AWS: A BatchStrategy requires a SplitType of Line, RecordIO or TFRecord",
        ),
        (
            {"requests": REQUESTS(timeout=Duration.hours(2))},
            "requests.timeout in seconds must be between 1 and 3600, got: 7200",
        ),
        ({"requests": REQUESTS(max_retries=4)}, "requests.max_retries must be between 0 and 3, got: 4"),
        ({"given": {"split": "Lines"}}, "input.split must be a known value, got: 'Lines'; did you mean Line?"),
        ({"given": {"prefix": "/"}}, "input.prefix must name a folder of the bucket, got: '/'"),
        ({"given": {"content_type": "x" * 257}}, "input.content_type may have at most 256 characters, got: 257"),
        ({"output": {"prefix": ""}}, "output.prefix must name a folder of the bucket, got: ''"),
        ({"output": {"accept": "x" * 257}}, "output.accept may have at most 256 characters, got: 257"),
        ({"output": {"assemble": "Lines"}}, "output.assemble must be a known value, got: 'Lines'"),
        (
            {"output": {"prefix": "churn/new/scored"}},
            "output.prefix must lie outside input.prefix, got: 'churn/new/scored' within 'churn/new'",
        ),
        (
            {"processing": PROCESSING(input_filter="$..id")},
            "processing.input_filter must be a JSONPath of names, indexes, slices and * that begins with $",
        ),
        (
            {"processing": PROCESSING(output_filter="[0]")},
            "processing.output_filter must be a JSONPath of names, indexes, slices and * that begins with $",
        ),
        (
            {"processing": PROCESSING(input_filter=f"$.{'x' * 62}")},
            "processing.input_filter may have at most 63 characters, got: 64",
        ),
        (
            {"processing": JOIN, "given": {"content_type": "image/png"}, "output": {"accept": "image/png"}},
            "processing needs one of text/csv, application/json, application/jsonlines as input.content_type",
        ),
        (
            {"processing": JOIN, "given": {"split": "RecordIO"}},
            "processing needs input.split Line or None, got: 'RecordIO'",
        ),
        (
            {"processing": JOIN, "output": {"accept": LINES}},
            f"processing.join_input needs input and output of one kind, got: text/csv and {LINES}",
        ),
        (
            {"processing": JOIN, "output": {"assemble": "None"}},
            "processing.join_input needs output.assemble Line for lines, got: 'None'",
        ),
    ],
)
def test_what_aws_refuses_is_refused_at_synth(define: Definition, settings: dict[str, Any], problem: str) -> None:
    [found] = define.problems(**settings)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "settings",
    [
        {"instance_count": 100},
        {"environment": {f"N{n}": "x" * 10_240 for n in range(16)}},
        {"tags": {f"N{n}": "" for n in range(50)}},
        {"requests": REQUESTS(max_payload_mb=100, max_concurrent=1)},
        {"requests": REQUESTS(max_payload_mb=1, max_concurrent=100)},
        {"requests": REQUESTS(max_concurrent=16)},
        {"requests": REQUESTS(max_payload_mb=0), "given": {"split": "None"}},
        {"requests": REQUESTS(strategy="SingleRecord"), "given": {"split": "TFRecord"}},
        {"requests": REQUESTS(timeout=Duration.hours(1), max_retries=0)},
        {"output": {"prefix": "churn/new-scored"}},
        {"given": {"content_type": "image/png", "split": "None"}},
        {"processing": JOIN, "given": {"content_type": "text/csv; charset=utf-8"}},
        {"processing": PROCESSING(input_filter=f"$.{'x' * 61}"), "given": {"content_type": LINES}},
        {"processing": PROCESSING(output_filter="$['id','SageMakerOutput']"), "given": {"content_type": LINES}},
        {"processing": PROCESSING(input_filter="$.features[1:]"), "given": {"content_type": "application/json"}},
        {"processing": PROCESSING(output_filter="$[0,5:]", join_input=True)},
        {"processing": PROCESSING(), "output": {"accept": LINES}},
        {"output": {"assemble": "None"}},
    ],
)
def test_what_aws_takes_is_taken(define: Definition, settings: dict[str, Any]) -> None:
    assert define(**settings).request["ModelName"]


def test_all_mistakes_are_named_at_once(define: Definition) -> None:
    problems = define.problems(instance_type="ml.m5.larg", instance_count=0, requests=REQUESTS(max_retries=9))
    assert len(problems) == 3
