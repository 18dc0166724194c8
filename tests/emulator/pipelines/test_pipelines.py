"""Pipelines over boto3: their versions, what starts them, and what is refused."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused, wait_for
from harness.pipeline_definitions import BUCKET, Factory, definition, fail, get, parameter, step, training

KINDS = [
    parameter("Text", "String", "a", EnumValues=["a", "b"]),
    parameter("Whole", "Integer", 1),
    parameter("Number", "Float", 1.5),
    parameter("Yes", "Boolean", True),
]


def _says(*values: Any, **members: Any) -> str:
    """A pipeline that ends with these values in the reason of its failure."""
    return definition(fail("Said", {"Std:Join": {"On": ",", "Values": [*values]}}), **members)


def _said(factory: Factory, execution: str) -> str:
    factory.ended(execution)
    return factory.steps(execution)["Said"]["FailureReason"]


def test_parameters_are_read_as_their_types(factory: Factory) -> None:
    names = ("Text", "Whole", "Number", "Yes")
    factory.create("typed", _says(*(get(f"Parameters.{name}") for name in names), parameters=KINDS))
    assert _said(factory, factory.start("typed")) == "a,1,1.5,true"
    given = {"Text": "b", "Whole": "2", "Number": "2", "Yes": "FALSE"}
    execution = factory.start("typed", given)
    assert _said(factory, execution) == "b,2,2.0,false"
    listed = factory.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)
    assert {each["Name"]: each["Value"] for each in listed["PipelineParameters"]} == {
        **given,
        "Number": "2.0",
        "Yes": "false",
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Whole": "many"}, "Parameter 'Whole' must be a value of type Integer, got: many"),
        ({"Yes": "1"}, "Parameter 'Yes' must be true or false, got: 1"),
        ({"Text": "c"}, "Parameter 'Text' must be one of a, b, got: c"),
        ({"Other": "x"}, "Unknown parameters for this pipeline: Other"),
    ],
)
def test_other_values_are_refused(factory: Factory, given: dict[str, str], words: str) -> None:
    name = f"refuses-{uuid.uuid4().hex}"
    factory.create(name, _says("x", parameters=KINDS))
    assert refused(factory.start, name=name, parameters=given) == ("ValidationException", words)


def test_a_parameter_without_a_value_is_refused(factory: Factory) -> None:
    factory.create("asks-for-all", _says(get("Parameters.Text"), parameters=[parameter("Text", "String")]))
    code, words = refused(factory.start, name="asks-for-all")
    assert (code, words) == ("ValidationException", "Missing values for parameters: Text")


def test_a_token_starts_one_execution(factory: Factory) -> None:
    factory.create("once", _says("x"))
    first = factory.start("once", ClientRequestToken="o" * 32)
    assert factory.start("once", ClientRequestToken="o" * 32) == first
    assert factory.start("once") != first
    listed = factory.sagemaker.list_pipeline_executions(PipelineName="once")["PipelineExecutionSummaries"]
    assert len(listed) == 2


def test_every_update_is_a_version(factory: Factory) -> None:
    arn = factory.create("versions", _says("first"), PipelineVersionAliases=["live"])
    updated = factory.sagemaker.update_pipeline(PipelineName="versions", PipelineDefinition=_says("second"))
    assert updated["PipelineVersionId"] == 2
    assert _said(factory, factory.start("versions")) == "second"
    assert _said(factory, factory.start("versions", PipelineVersionId=1)) == "first"
    assert _said(factory, factory.start("versions", PipelineVersionAlias="live")) == "first"
    better: dict[str, Any] = {"PipelineArn": arn, "PipelineVersionId": 2, "PipelineVersionDescription": "better"}
    better["PipelineVersionAliasOperations"] = {"Add": ["live"]}
    # An alias is removed from one version before another gets it.
    assert refused(factory.sagemaker.update_pipeline_version, **better)[0] == "ConflictException"
    factory.sagemaker.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=1, PipelineVersionAliasOperations={"Remove": ["live"]}
    )
    factory.sagemaker.update_pipeline_version(**better)
    live = factory.start("versions", PipelineVersionAlias="live")
    assert _said(factory, live) == "second"
    listed = factory.sagemaker.list_pipeline_versions(PipelineName="versions")["PipelineVersionSummaries"]
    assert [each["PipelineVersionId"] for each in listed] == [2, 1]
    assert listed[0]["PipelineVersionAliases"] == ["live"]
    assert listed[0]["LastExecutionPipelineExecutionArn"] == live
    told = factory.sagemaker.describe_pipeline(PipelineName="versions", PipelineVersionId=1)
    assert told["PipelineDefinition"] == _says("first")
    assert "PipelineVersionAliases" not in told
    of_execution = factory.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=live)
    assert of_execution["PipelineDefinition"] == _says("second")
    assert refused(factory.start, name="versions", PipelineVersionId=3)[0] == "ResourceNotFound"


def test_a_definition_may_stand_in_s3(factory: Factory) -> None:
    factory.s3.put_object(Bucket=BUCKET, Key="definition.json", Body=_says("from S3").encode())
    create, place = factory.sagemaker.create_pipeline, {"Bucket": BUCKET, "ObjectKey": "definition.json"}
    named = {"PipelineName": "in-s3", "RoleArn": ROLE, "ClientRequestToken": "p" * 32}
    create(**named, PipelineDefinitionS3Location=place)
    assert _said(factory, factory.start("in-s3")) == "from S3"
    place["ObjectKey"] = "none.json"
    code, words = refused(create, **{**named, "PipelineName": "nowhere"}, PipelineDefinitionS3Location=place)
    assert (code, f"s3://{BUCKET}/none.json cannot be read" in words) == ("ValidationException", True)


def _invokes(name: str, **members: Any) -> dict[str, Any]:
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    return step(name, "Lambda", {}, FunctionArn=function, **members)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no", "got: no JSON document."),
        ('{"Version": "2020-12-01"}', "got: no steps."),
        (definition(fail("A", "x"), fail("A", "x")), "got: A twice."),
        (definition(fail("A", get("Steps.B.Name"))), "got: Steps.B.Name"),
        (
            definition(_invokes("A", DependsOn=["B"]), _invokes("B", DependsOn=["A"])),
            "got: A after B after A.",
        ),
    ],
)
def test_what_is_no_definition_is_refused(factory: Factory, text: str, words: str) -> None:
    code, told = refused(factory.create, name="broken", text=text)
    assert code == "ValidationException"
    assert words in told
    assert refused(factory.sagemaker.describe_pipeline, PipelineName="broken")[0] == "ResourceNotFound"


def test_a_place_without_a_value_fails_its_step(factory: Factory, echo_image: str) -> None:
    said = fail("Said", get("Steps.Train.CheckpointConfig.S3Uri"))
    factory.create("nowhere-to-be-found", definition(training("Train", echo_image, {}), said))
    execution = factory.run("nowhere-to-be-found")["PipelineExecutionArn"]
    assert "Steps.Train.CheckpointConfig.S3Uri has no value." in factory.steps(execution)["Said"]["FailureReason"]


def test_what_does_not_run_here_says_so(factory: Factory) -> None:
    arguments = {"ClusterId": "j-1", "StepConfig": {"HadoopJarStep": {"Jar": "s3://x/y.jar"}}}
    factory.create("spark", definition(step("Spark", "EMR", arguments)))
    execution = factory.run("spark")["PipelineExecutionArn"]
    assert "does not run EMR steps" in factory.steps(execution)["Spark"]["FailureReason"]


def test_pipelines_are_listed_by_prefix(factory: Factory) -> None:
    for name in ("listed-b", "listed-a", "other-c"):
        factory.create(name, _says("x"))
    listed = factory.sagemaker.list_pipelines(PipelineNamePrefix="listed", SortBy="Name", SortOrder="Ascending")
    assert [each["PipelineName"] for each in listed["PipelineSummaries"]] == ["listed-a", "listed-b"]


Wanted = Callable[[dict[str, Any]], bool]
Heard = Callable[[str], Callable[[Wanted], Any]]


@pytest.fixture
def heard(client: Clients) -> Heard:
    """Subscribes a queue to events; returns what reads the next one."""
    sqs, events = client("sqs"), client("events")

    def subscribe(kind: str) -> Callable[[Wanted], Any]:
        name = f"heard-{uuid.uuid4().hex}"
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        pattern = {"source": ["aws.sagemaker"], "detail-type": [kind]}
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:123456789012:{name}"}])

        def read(wanted: Wanted) -> Any:
            """The next event whose detail is wanted."""

            def receive() -> Any:
                got = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
                found = [json.loads(each["Body"]) for each in got.get("Messages", [])]
                return [event for event in found if wanted(event["detail"])]

            return wait_for(receive, bool)[0]

        return read

    return subscribe


def test_executions_and_steps_tell_of_themselves(factory: Factory, heard: Heard) -> None:
    executions = heard("SageMaker Model Building Pipeline Execution Status Change")
    steps = heard("SageMaker Model Building Pipeline Execution Step Status Change")
    arn = factory.create("tells", _says("too weak"))
    execution = factory.start("tells")
    ended = executions(lambda detail: detail["currentPipelineExecutionStatus"] == "Failed")
    assert ended["resources"] == [arn, execution]
    assert ended["detail"]["previousPipelineExecutionStatus"] == "Executing"
    assert ended["detail"]["pipelineExecutionArn"] == execution
    failed = steps(lambda detail: detail["currentStepStatus"] == "Failed")["detail"]
    assert (failed["stepName"], failed["stepType"], failed["failureReason"]) == ("Said", "Fail", "too weak")
    assert failed["metadata"] == {"fail": {"errorMessage": "too weak"}}


def test_a_model_package_tells_of_its_approval(factory: Factory, heard: Heard) -> None:
    told = heard("SageMaker Model Package State Change")
    factory.sagemaker.create_model_package_group(ModelPackageGroupName="tells")
    arn = factory.sagemaker.create_model_package(ModelPackageGroupName="tells")["ModelPackageArn"]
    factory.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    event = told(lambda detail: detail["ModelApprovalStatus"] == "Approved")
    assert event["resources"] == [arn]
    assert event["detail"]["ModelPackageGroupName"] == "tells"
    assert event["detail"]["ModelPackageVersion"] == 1


def test_a_rule_starts_a_pipeline_with_what_the_event_says(factory: Factory, client: Clients) -> None:
    arn = factory.create("started", _says(get("Parameters.Key"), parameters=[parameter("Key", "String")]))
    events, sqs = client("events"), client("sqs")
    dead = sqs.create_queue(QueueName="refused-starts")["QueueUrl"]
    events.put_rule(Name="arrivals", EventPattern=json.dumps({"source": ["tests.arrivals"]}))
    target = {
        "Id": "pipeline",
        "Arn": arn,
        "RoleArn": ROLE,
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:refused-starts"},
        "SageMakerPipelineParameters": {"PipelineParameterList": [{"Name": "Key", "Value": "$.detail.object.key"}]},
    }
    events.put_targets(Rule="arrivals", Targets=[target])
    details: list[dict[str, Any]] = [{"object": {"key": "new/1.csv"}}, {"object": {}}]
    for detail in details:
        entry = {"Source": "tests.arrivals", "DetailType": "arrival", "Detail": json.dumps(detail)}
        events.put_events(Entries=[entry])
    listed = wait_for(
        lambda: factory.sagemaker.list_pipeline_executions(PipelineName="started")["PipelineExecutionSummaries"],
        bool,
    )
    assert _said(factory, listed[0]["PipelineExecutionArn"]) == "new/1.csv"
    buried = wait_for(
        lambda: sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1, MessageAttributeNames=["All"]),
        lambda got: "Messages" in got,
    )["Messages"][0]
    assert json.loads(buried["Body"])["detail"] == {"object": {}}
    assert buried["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] == "The event has no $.detail.object.key."
