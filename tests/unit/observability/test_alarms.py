from typing import Any, cast

import pytest
from aws_cdk import App, CfnParameter, Duration, Environment, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.alarms import Alarms
from sagemaker_constructs.observability.watchable import Watchable
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.variants.variant import Variant

IMAGE = ModelImage.from_directory("tests/unit/image")


@pytest.fixture
def topic(stack: Stack) -> sns.ITopic:
    return cast(sns.ITopic, sns.Topic(stack, "Topic"))


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Model", image=IMAGE, network_isolation=False)


@pytest.fixture
def serverless(stack: Stack, model: Model) -> ServerlessEndpoint:
    return ServerlessEndpoint(stack, "Serverless", model=model)


def _alarms(stack: Stack, topic: sns.ITopic, *watched: Watchable, **arguments: Any) -> dict[str, dict[str, Any]]:
    """The alarms that tell ``topic``, by metric."""
    Alarms(stack, "Alarms", watched=watched, topic=topic, **arguments)
    told = [stack.resolve(topic.topic_arn)]
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    properties = [alarm["Properties"] for alarm in found]
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == told for alarm in properties)
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in properties)
    return {alarm["MetricName"]: alarm for alarm in properties}


def test_real_time(stack: Stack, key: kms.IKey, topic: sns.ITopic, model: Model) -> None:
    endpoint = RealTimeEndpoint(
        stack,
        "Api",
        variants=[Variant(model, "ml.c7i.large")],
        encryption_key=key,
        latency_limit=Duration.millis(200),
    )
    alarms = _alarms(stack, topic, endpoint)
    assert set(alarms) == {
        "Invocation5XXErrors",
        "InvocationModelErrors",
        "ModelLatency",
        "MemoryUtilization",
        "DiskUtilization",
    }
    memory = alarms["MemoryUtilization"]
    assert (memory["Threshold"], memory["DatapointsToAlarm"], memory["EvaluationPeriods"]) == (90, 5, 5)
    assert memory["Namespace"] == "/aws/sagemaker/Endpoints"


def test_serverless(stack: Stack, topic: sns.ITopic, serverless: ServerlessEndpoint) -> None:
    alarms = _alarms(stack, topic, serverless)
    assert set(alarms) == {"Invocation5XXErrors", "InvocationModelErrors", "MemoryUtilization"}
    errors = alarms["Invocation5XXErrors"]
    assert (errors["Threshold"], errors["DatapointsToAlarm"], errors["EvaluationPeriods"]) == (5, 2, 3)


def test_asynchronous(stack: Stack, key: kms.IKey, bucket: s3.IBucket, topic: sns.ITopic, model: Model) -> None:
    endpoint = AsyncEndpoint(
        stack, "Scoring", model=model, instance_type="ml.c7i.large", output=bucket, encryption_key=key
    )
    alarms = _alarms(stack, topic, endpoint)
    assert set(alarms) == {
        "InvocationFailures",
        "MemoryUtilization",
        "DiskUtilization",
        "ApproximateAgeOfOldestRequest",
        "HasBacklogWithoutCapacity",
    }
    assert alarms["ApproximateAgeOfOldestRequest"]["Threshold"] == 900
    asleep = alarms["HasBacklogWithoutCapacity"]
    assert (asleep["Threshold"], asleep["DatapointsToAlarm"], asleep["EvaluationPeriods"]) == (1, 15, 15)
    assert asleep["Dimensions"] == [{"Name": "EndpointName", "Value": endpoint.endpoint_name}]


def test_inference_components(stack: Stack, key: kms.IKey, topic: sns.ITopic) -> None:
    shared = SharedEndpoint(stack, "Shared", instance_type="ml.c7i.large", encryption_key=key)
    component = InferenceComponent(
        stack,
        "Churn",
        endpoint=shared,
        container=ModelContainer(IMAGE),
        memory_mb=1024,
        maximum_memory_mb=1536,
        copies=CopyRange(1, 2),
    )
    alarms = _alarms(stack, topic, shared, component)
    assert set(alarms) == {
        "MemoryUtilization",
        "DiskUtilization",
        "Invocation5XXErrors",
        "InvocationModelErrors",
        "NoCapacityInvocationFailures",
        "MemoryUtilizationNormalized",
    }
    memory = alarms["MemoryUtilizationNormalized"]
    # In percent of what a copy asks for, of which it may use half as much again.
    assert (memory["Namespace"], memory["Threshold"]) == ("/aws/sagemaker/InferenceComponents", 135)
    by_component = [{"Name": "InferenceComponentName", "Value": component.component_name}]
    assert alarms["NoCapacityInvocationFailures"]["Dimensions"] == by_component


def test_thresholds_may_be_others(stack: Stack, topic: sns.ITopic, serverless: ServerlessEndpoint) -> None:
    alarms = _alarms(stack, topic, serverless, thresholds=AlarmThresholds(errors=1, memory_percent=50))
    assert alarms["InvocationModelErrors"]["Threshold"] == 1
    assert alarms["MemoryUtilization"]["Threshold"] == 50


@pytest.mark.parametrize(
    ("thresholds", "problem"),
    [
        (AlarmThresholds(errors=0), r"thresholds\.errors must be greater than 0, got: 0"),
        (AlarmThresholds(memory_percent=101), r"thresholds\.memory_percent must be between 1 and 100, got: 101"),
        (AlarmThresholds(disk_percent=0), r"thresholds\.disk_percent must be between 1 and 100, got: 0"),
        (AlarmThresholds(oldest_request=Duration.seconds(0)), r"thresholds\.oldest_request in milliseconds must be"),
        (AlarmThresholds(waking=Duration.seconds(90)), r"thresholds\.waking must be whole minutes up to one day"),
        (AlarmThresholds(waking=Duration.days(2)), r"thresholds\.waking must be .* got: 2 days"),
    ],
)
def test_impossible_thresholds_are_refused(
    stack: Stack, topic: sns.ITopic, serverless: ServerlessEndpoint, thresholds: AlarmThresholds, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        Alarms(stack, "Alarms", watched=[serverless], topic=topic, thresholds=thresholds)


def test_the_limits_themselves_are_allowed(stack: Stack, topic: sns.ITopic, serverless: ServerlessEndpoint) -> None:
    limits = AlarmThresholds(memory_percent=100, disk_percent=1, waking=Duration.days(1))
    assert Alarms(stack, "Alarms", watched=[serverless], topic=topic, thresholds=limits).alarms


def test_nothing_to_watch_is_refused(stack: Stack, topic: sns.ITopic) -> None:
    with pytest.raises(InvalidInput, match="watched must name at least one endpoint or component, got: none"):
        Alarms(stack, "Alarms", watched=[], topic=topic)


def test_every_topic_is_told(stack: Stack, key: kms.IKey, topic: sns.ITopic, model: Model) -> None:
    endpoint = RealTimeEndpoint(stack, "Api", variants=[Variant(model, "ml.c7i.large")], encryption_key=key)
    other = cast(sns.ITopic, sns.Topic(stack, "Other"))
    for name, told in (("Operators", topic), ("Others", other), ("Again", topic)):
        Alarms(stack, name, watched=[endpoint], topic=told)
    topics = [stack.resolve(each.topic_arn) for each in (topic, other)]
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    rollbacks = [alarm["Properties"] for alarm in found if alarm["Properties"]["Namespace"] == "AWS/SageMaker"]
    assert len(rollbacks) == 2
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == topics for alarm in rollbacks)


def test_a_user_s_own_alarm_is_told_of_too(stack: Stack, key: kms.IKey, topic: sns.ITopic, model: Model) -> None:
    endpoint = RealTimeEndpoint(stack, "Api", variants=[Variant(model, "ml.c7i.large")], encryption_key=key)
    own = endpoint.metric_invocations().create_alarm(stack, "Own", threshold=1, evaluation_periods=1)
    endpoint.roll_back_on(own)
    alarms = _alarms_of(stack, topic, endpoint)
    assert (
        alarms["Invocations"]["AlarmActions"]
        == alarms["Invocations"]["OKActions"]
        == [stack.resolve(topic.topic_arn)]
    )


def _alarms_of(stack: Stack, topic: sns.ITopic, *watched: Watchable) -> dict[str, dict[str, Any]]:
    Alarms(stack, "Alarms", watched=watched, topic=topic)
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    return {alarm["Properties"]["MetricName"]: alarm["Properties"] for alarm in found}


def test_alarms_of_a_name_known_at_deployment_keep_their_ids(context: dict[str, Any]) -> None:
    found: list[set[str]] = []
    for others in (0, 3):
        stack = Stack(App(context=context), "Stack")
        for index in range(others):
            # More tokens, so that those that follow are numbered otherwise.
            assert CfnParameter(stack, f"Other{index}").value_as_string
        shared = SharedEndpoint.from_endpoint_name(stack, "Shared", "shared")
        name = CfnParameter(stack, "Name").value_as_string
        component = InferenceComponent.from_component_name(stack, "Theirs", name, endpoint=shared)
        Alarms(stack, "Alarms", watched=[component], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
        found.append(set(Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm")))
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_alarms_of_another_stack_stay_as_they_are(
    app: App, stack: Stack, key: kms.IKey, topic: sns.ITopic, model: Model
) -> None:
    endpoint = RealTimeEndpoint(stack, "Api", model=model, instance_type="ml.c7i.large", encryption_key=key)
    other = Stack(app, "Other", env=Environment(region="us-east-1"))
    watching = Alarms(other, "Alarms", watched=[endpoint], topic=topic)
    app.synth()
    own = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    told = Template.from_stack(other).find_resources("AWS::CloudWatch::Alarm").values()
    assert {alarm["Properties"]["MetricName"] for alarm in own} < {
        alarm["Properties"]["MetricName"] for alarm in told
    }
    assert not any("AlarmActions" in alarm["Properties"] for alarm in own)
    assert all("Fn::ImportValue" in str(alarm["Properties"]["AlarmActions"]) for alarm in told)
    assert len(watching.alarms) == len(told)
