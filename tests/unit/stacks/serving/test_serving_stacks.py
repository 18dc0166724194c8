"""From the settings of an endpoint to its resources: scaling, models from packages, several containers, doors."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template
from pydantic import ValidationError

from harness.platform_templates import synthesized
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.training.training_definition import TrainingDefinition
from stacks.foundation.stack import FoundationStack
from stacks.serving.common.autoscaling import add_scaling
from stacks.serving.common.capacity import StartupSettings
from stacks.serving.common.scaling import ScalingSettings
from stacks.serving.common.workload import WorkloadSettings
from stacks.serving.observation.observation import Observation
from stacks.serving.observation.settings import ObservabilitySettings
from stacks.serving.real_time.model_source import PackageSourceSettings
from stacks.serving.real_time.packaged_model import model_of
from stacks.serving.real_time.settings import RealTimeSettings, VariantSettings
from stacks.serving.real_time.stack import RealTimeStack
from stacks.training.trained_model import ApprovedPointer, TrainedModel

POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
NOT_TRAINED = cast(TrainingDefinition, SimpleNamespace())
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/3"
OBSERVATION = Observation(ObservabilitySettings(), cast(sns.ITopic, SimpleNamespace()))
EVENING = {"name": "evening", "when": "rate(1 day)", "minimum": 1, "maximum": 1}


def _scaled(stack: cdk.Stack, key: kms.IKey, **chosen: Any) -> Template:
    variant = Variant(
        Model(stack, "Model", package=ModelPackage(PACKAGE)), "ml.g5.xlarge", InstanceRange(1, 2), name="One"
    )
    endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant], encryption_key=key)
    add_scaling(endpoint, ScalingSettings.model_validate(chosen) if chosen else None)
    return Template.from_stack(stack)


@pytest.mark.parametrize(
    ("target", "metric"),
    [
        (
            "invocations_per_instance_per_minute",
            {"PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}},
        ),
        (
            "concurrency_per_model",
            {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
                }
            },
        ),
        ("cpu_percent", {"CustomizedMetricSpecification": Match.object_like({"MetricName": "CPUUtilization"})}),
        ("gpu_percent", {"CustomizedMetricSpecification": Match.object_like({"MetricName": "GPUUtilization"})}),
    ],
)
def test_each_target_is_a_policy_at_the_chosen_pace(
    stack: cdk.Stack, key: kms.IKey, target: str, metric: dict[str, Any]
) -> None:
    pace = {"remove_instances": False, "scale_out_cooldown_seconds": 10, "scale_in_cooldown_seconds": 20}
    template = _scaled(stack, key, **{target: 7, **pace})
    template.resource_count_is(POLICY, 1)
    template.has_resource_properties(
        POLICY,
        {
            "TargetTrackingScalingPolicyConfiguration": {
                **metric,
                "TargetValue": 7,
                "DisableScaleIn": True,
                "ScaleOutCooldown": 10,
                "ScaleInCooldown": 20,
            }
        },
    )


def test_steps_begin_where_the_settings_say_whatever_their_order(stack: cdk.Stack, key: kms.IKey) -> None:
    steps = ({"above": 900, "add": 3}, {"above": 600, "add": 1})
    template = _scaled(stack, key, cpu_percent=70, steps=steps)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "InvocationsPerInstance", "Threshold": 600, "Statistic": "Sum"}
    )
    template.has_resource_properties(
        POLICY,
        {
            "StepScalingPolicyConfiguration": Match.object_like(
                {
                    "StepAdjustments": [
                        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 300, "ScalingAdjustment": 1},
                        {"MetricIntervalLowerBound": 300, "ScalingAdjustment": 3},
                    ]
                }
            )
        },
    )


def test_schedules_are_actions_of_the_target(stack: cdk.Stack, key: kms.IKey) -> None:
    template = _scaled(stack, key, schedules=(EVENING,))
    template.resource_count_is(POLICY, 0)
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {"ScheduledActions": [Match.object_like({"ScheduledActionName": "evening", "Schedule": "rate(1 day)"})]},
    )


def test_without_settings_nothing_scales(stack: cdk.Stack, key: kms.IKey) -> None:
    _scaled(stack, key).resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (StartupSettings(), {}),
        (
            StartupSettings(download_minutes=10, health_check_minutes=5),
            {
                "modelDataDownloadTimeoutInSeconds": 600,
                "containerStartupHealthCheckTimeoutInSeconds": 300,
            },
        ),
    ],
)
def test_time_to_start(chosen: StartupSettings, expected: dict[str, object]) -> None:
    assert chosen.option().properties() == expected


def trained_by(foundation: FoundationStack) -> TrainedModel:
    pointer = ApprovedPointer("/approved", "/group", [])
    return TrainedModel("containers/tabular", "/artifact", foundation, NOT_TRAINED, "ml.m5.large", pointer)


def _resources(stack: str, kind: str) -> list[dict[str, Any]]:
    [found] = [each for each in synthesized("dev") if each.name == stack]
    return list(found.resources(kind).values())


def test_a_registered_model_is_an_approved_version_that_outlives_the_stack(app: cdk.App) -> None:
    template = _real_time(app, {"model": {"mode": "registered"}})
    [group] = template.find_resources("AWS::SageMaker::ModelPackageGroup").values()
    [version] = template.find_resources("AWS::SageMaker::ModelPackage").values()
    assert version["Properties"]["ModelApprovalStatus"] == "Approved"
    assert version["Properties"]["InferenceSpecification"]["Containers"][0].keys() == {"Image", "ModelDataUrl"}
    for each in (group, version):
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")
    [model] = template.find_resources("AWS::SageMaker::Model").values()
    assert model["Properties"]["PrimaryContainer"].keys() == {"ModelPackageName"}


@pytest.mark.parametrize("owned", [True, False])
def test_an_existing_package_may_name_what_its_model_has_to_read(app: cdk.App, owned: bool) -> None:
    stack = cdk.Stack(app, "Packaged")
    foundation = cast(FoundationStack, SimpleNamespace(placement=None))
    source = {"mode": "package", "arn": PACKAGE, **({"bucket": "theirs", "repository": "churn"} if owned else {})}
    model_of(
        stack,
        PackageSourceSettings.model_validate(source),
        trained_by(foundation),
    )
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::SageMaker::Model", {"PrimaryContainer": {"ModelPackageName": PACKAGE}})
    [role] = template.find_resources("AWS::IAM::Role").values()
    granted = str(role["Properties"]["Policies"])
    assert ("ecr:BatchGetImage" in granted, ":s3:::theirs/*" in granted) == (owned, owned)


def _real_time(app: cdk.App, more: Mapping[str, object] | None = None, **variant: object) -> Template:
    """The stack of an endpoint with one variant."""
    ground = cdk.Stack(app, "Ground")
    key, topic = EncryptionKey(ground, "Key"), cast(sns.ITopic, sns.Topic(ground, "Alarms"))
    bucket = s3.Bucket(ground, "Artifacts")
    foundation = cast(FoundationStack, SimpleNamespace(key=key, placement=None, artifacts=bucket))
    instances = {"minimum": 1, "maximum": 1}
    chosen: dict[str, object] = {
        "variants": ({"instance_type": "ml.g5.xlarge", "instances": instances, **variant},),
        **(more or {}),
    }
    stack = RealTimeStack(
        app,
        "RealTime",
        settings=RealTimeSettings.model_validate(chosen),
        foundation=foundation,
        trained=trained_by(foundation),
        observation=Observation(ObservabilitySettings(), topic),
        stack_name="real-time",
    )
    return Template.from_stack(stack)


def test_a_variant_runs_on_the_machine_image_that_is_chosen(app: cdk.App) -> None:
    chosen = "al2023-ami-sagemaker-inference-gpu-4-1"
    _real_time(app, inference_ami=chosen).has_resource_properties(
        "AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{"InferenceAmiVersion": chosen}]}
    )


def test_a_machine_image_that_sagemaker_does_not_offer_is_refused() -> None:
    with pytest.raises(ValidationError, match="inference_ami"):
        VariantSettings.model_validate(
            {"instance_type": "ml.g5.xlarge", "instances": {"minimum": 1, "maximum": 1}, "inference_ami": "al3"}
        )


@pytest.mark.parametrize(("stack", "mode"), [("pipeline", "Serial"), ("direct", "Direct")])
def test_several_containers_are_called_as_their_section_says(stack: str, mode: str) -> None:
    [model] = _resources(stack, "AWS::SageMaker::Model")
    properties = model["Properties"]
    assert properties["InferenceExecutionConfig"] == {"Mode": mode}
    assert [container["ContainerHostname"] for container in properties["Containers"]] == ["prepare", "predict"]


def test_the_door_streams_behind_its_firewall() -> None:
    [association] = _resources("real-time", "AWS::WAFv2::WebACLAssociation")
    assert association["Properties"].keys() == {"ResourceArn", "WebACLArn"}
    methods = [each["Properties"] for each in _resources("real-time", "AWS::ApiGateway::Method")]
    [door] = [method for method in methods if method["HttpMethod"] == "POST"]
    assert door["Integration"]["ResponseTransferMode"] == "STREAM"
    assert _resources("serverless", "AWS::WAFv2::WebACLAssociation") == []


def test_only_the_runs_by_the_clock_read_the_manifest() -> None:
    [schedule] = _resources("batch-transform", "AWS::Scheduler::Schedule")
    [machine] = _resources("batch-transform", "AWS::StepFunctions::StateMachine")
    assert "ManifestFile" in str(schedule["Properties"]["Target"]["Input"])
    assert "ManifestFile" not in str(machine["Properties"]["DefinitionString"])


@pytest.mark.parametrize(
    ("stack", "groups"), [("real-time", 1), ("serverless", 1), ("asynchronous", 1), ("pipeline", 1), ("shared", 3)]
)
def test_logs_of_endpoints_and_components_are_kept_as_the_settings_say(stack: str, groups: int) -> None:
    kept = _resources(stack, "Custom::SageMakerLogRetention")
    assert len(kept) == groups
    for each in kept:
        assert each["Properties"]["RetentionInDays"] == 30


@pytest.mark.parametrize(
    ("stack", "metric", "threshold", "minutes"),
    [
        ("real-time", "MemoryUtilization", 85, 5),
        ("multi-model", "DiskUtilization", 85, 5),
        ("serverless", "Invocation5XXErrors", 3, 3),
        ("asynchronous", "ApproximateAgeOfOldestRequest", 600, 3),
        ("asynchronous", "HasBacklogWithoutCapacity", 1, 20),
        ("shared", "NoCapacityInvocationFailures", 1, 20),
    ],
)
def test_alarms_begin_where_the_settings_say(stack: str, metric: str, threshold: int, minutes: int) -> None:
    alarms = [each["Properties"] for each in _resources(stack, "AWS::CloudWatch::Alarm")]
    told = [(each["Threshold"], each["EvaluationPeriods"]) for each in alarms if each.get("MetricName") == metric]
    assert (threshold, minutes) in told, told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"payload_mb": 4.5}, ["payload of 4.5 MB is over the limit of 4"]),
        ({"requests_per_second": 500}, ["25 requests at a time are over its maximum_concurrency of 20"]),
        ({"needs_gpu": True}, ["serverless has no accelerators"]),
    ],
)
def test_an_endpoint_that_cannot_take_its_workload_is_warned_about(
    stack: cdk.Stack, changes: dict[str, object], told: list[str]
) -> None:
    model = Model(stack, "Model", package=ModelPackage(PACKAGE), network_isolation=False)
    fitting = {"requests_per_second": 2, "payload_mb": 0.1, "processing_seconds": 0.05, "latency_seconds": 30}
    chosen = WorkloadSettings.model_validate({**fitting, "idle_percent": 90, **changes})
    OBSERVATION.judge(ServerlessEndpoint(stack, "Endpoint", model=model), chosen)
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    said = [str(each.entry.data) for each in found]
    assert len(said) == len(told)
    assert all(words in warning for words, warning in zip(told, said, strict=True))


def test_an_endpoint_that_is_meant_for_nothing_is_not_judged(stack: cdk.Stack) -> None:
    model = Model(stack, "Model", package=ModelPackage(PACKAGE), network_isolation=False)
    OBSERVATION.judge(ServerlessEndpoint(stack, "Endpoint", model=model), None)
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []
