import json
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.data import ProcessingInput, ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.monitoring import (
    AnswerBias,
    AnswerQuality,
    CapturedRequests,
    CollectedTruth,
    DriftMonitor,
    DriftReactions,
    DriftSettings,
    ReturnToVersion,
)
from sagemaker_constructs.observability.dashboard import Dashboard
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant


def _widgets(stack: Stack) -> list[dict[str, Any]]:
    [dashboard] = Template.from_stack(stack).find_resources("AWS::CloudWatch::Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]
    text = (
        body
        if isinstance(body, str)
        else "".join(part if isinstance(part, str) else "x" for part in body["Fn::Join"][1])
    )
    return json.loads(text)["widgets"]


def _variant(stack: Stack, name: str) -> Variant:
    model = Model(stack, f"{name}Model", image=ModelImage.from_directory("tests/unit/image"))
    return Variant(model, instance_type="ml.c7i.large", name=name, instances=InstanceRange(2, 8))


def _theirs(stack: Stack, *variants: str) -> ImportedEndpoint:
    limits = {name: InstanceRange(2, 8) for name in variants}
    return ImportedEndpoint(stack, "Theirs", endpoint_name="churn", variants=limits)


def test_every_variant_has_its_row_of_graphs(stack: Stack) -> None:
    Dashboard(stack, "Dashboard", watched=[_theirs(stack, "Blue", "Green")])
    titles = [widget["properties"].get("title") for widget in _widgets(stack) if widget["type"] == "metric"]
    assert (
        titles
        == [
            "Invocations per minute",
            "Latency in microseconds",
            "Errors per minute",
            "Use of the instances in percent",
            "Instances",
        ]
        * 2
    )


def test_the_metrics_are_those_of_the_endpoint_and_its_variant(stack: Stack) -> None:
    Dashboard(stack, "Dashboard", watched=[_theirs(stack, "Blue")])
    [latency] = [widget for widget in _widgets(stack) if widget["properties"].get("title", "").startswith("Latency")]
    metrics = latency["properties"]["metrics"]
    assert [(metric[1], metric[-1]["stat"]) for metric in metrics] == [
        ("ModelLatency", "p50"),
        ("OverheadLatency", "p50"),
        ("ModelLatency", "p99"),
        ("OverheadLatency", "p99"),
    ]
    assert all(metric[2:6] == ["EndpointName", "churn", "VariantName", "Blue"] for metric in metrics)


def test_instances_are_drawn_against_their_limits(stack: Stack) -> None:
    Dashboard(stack, "Dashboard", watched=[_theirs(stack, "Blue")])
    [instances] = [widget for widget in _widgets(stack) if widget["properties"].get("title") == "Instances"]
    lines = instances["properties"]["annotations"]["horizontal"]
    assert [(line["label"], line["value"]) for line in lines] == [("minimum", 2), ("maximum", 8)]
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Dashboard", {"DashboardName": Match.absent()}
    )


def _titles(stack: Stack) -> list[str]:
    return [widget["properties"]["title"] for widget in _widgets(stack) if widget["type"] == "metric"]


def test_an_endpoint_of_this_app_brings_its_variants_and_its_shadow(stack: Stack, key: kms.IKey) -> None:
    variants, shadow = [_variant(stack, "Blue")], [_variant(stack, "Candidate")]
    endpoint = RealTimeEndpoint(stack, "Api", variants=variants, shadow=shadow, encryption_key=key)
    Dashboard(stack, "Dashboard", watched=[endpoint])
    headings = [widget["properties"]["markdown"] for widget in _widgets(stack) if widget["type"] == "text"]
    assert headings == [f"## {endpoint.endpoint_name} / {name}\nml.c7i.large" for name in ("Blue", "Candidate")]
    assert len(_titles(stack)) == 10


def test_an_asynchronous_endpoint_shows_its_queue_and_no_invocations(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    endpoint = AsyncEndpoint(
        stack,
        "Scoring",
        model=Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image")),
        instance_type="ml.c7i.large",
        instances=InstanceRange(0, 5),
        output=bucket,
        encryption_key=key,
    )
    Dashboard(stack, "Dashboard", watched=[endpoint])
    assert _titles(stack) == [
        "Backlog",
        "Age of the oldest request in seconds",
        "Waiting without an instance",
        "Requests per minute",
        "Time in milliseconds",
        "Latency of the model in microseconds",
        "Use of the instances in percent",
        "Instances",
    ]
    named = {metric[1] for widget in _widgets(stack) for metric in widget["properties"].get("metrics", [])}
    # What the page on asynchronous metrics says is not published.
    assert named.isdisjoint({"Invocations", "InvocationsPerInstance", "OverheadLatency"})


def test_a_serverless_endpoint_shows_cold_starts_and_no_instances(stack: Stack) -> None:
    model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"), network_isolation=False)
    Dashboard(stack, "Dashboard", watched=[ServerlessEndpoint(stack, "Api", model=model)])
    assert _titles(stack)[3:] == [
        "Memory in percent",
        "Cold starts in microseconds",
        "Used share of the provisioned concurrency",
    ]


def test_a_shared_endpoint_shows_its_instances_and_each_component(stack: Stack, key: kms.IKey) -> None:
    shared = SharedEndpoint(
        stack, "Shared", instance_type="ml.c7i.large", encryption_key=key, instances=InstanceRange(0, 4)
    )
    ours = InferenceComponent(
        stack,
        "Churn",
        endpoint=shared,
        container=ModelContainer(ModelImage.from_directory("tests/unit/image")),
        memory_mb=1024,
        copies=CopyRange(0, 8),
    )
    theirs = InferenceComponent.from_component_name(stack, "Theirs", "fraud", endpoint=shared)
    Dashboard(stack, "Dashboard", watched=[shared, ours, theirs])
    assert _titles(stack)[:3] == ["Use of the instances in percent", "Reserved by copies in percent", "Instances"]
    copies = [widget["properties"] for widget in _widgets(stack) if widget["properties"].get("title") == "Copies"]
    drawn = [each.get("annotations", {}).get("horizontal", []) for each in copies]
    assert [[line["value"] for line in lines] for lines in drawn] == [[0, 8], []]
    assert [each["metrics"][0][2:4] for each in copies] == [
        ["InferenceComponentName", ours.component_name],
        ["InferenceComponentName", "fraud"],
    ]


def test_a_model_s_life_is_on_one_page(stack: Stack, bucket: s3.IBucket) -> None:
    monitor = DriftMonitor(
        stack,
        "Drift",
        captured=CapturedRequests(bucket, "captured/churn", endpoint="churn"),
        truth=CollectedTruth(bucket, "truth"),
        baseline=ProcessingInput(bucket, "baseline"),
        reports=ProcessingOutput(bucket, "reports"),
        image=ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/monitor:1"),
        settings=DriftSettings(
            quality=AnswerQuality("BinaryClassification", probability="p"), bias=AnswerBias({"sex": ["f"]})
        ),
    )
    first = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1"
    group = ModelPackageGroup(stack, "Group", name="churn")
    approved = ApprovedModel(stack, "Approved", group=group, parameter_name="/ml/live", first=first)
    reactions = DriftReactions(stack, "Reactions", monitor=monitor, reactions={"back": ReturnToVersion(approved)})
    Dashboard(stack, "Dashboard", watched=[_theirs(stack, "Blue"), monitor, approved, reactions], states=True)
    widgets = _widgets(stack)
    titles = [each["properties"].get("title") for each in widgets]
    assert titles[1] == "States"
    assert len(widgets[1]["properties"]["alarms"]) == len(monitor.alarms) == 6
    wanted = [
        "Latency in microseconds",
        "Features that differ",
        "Quality",
        "Bias beyond the baseline's",
        "Deployments",
    ]
    assert {*wanted, "What was done"} < {*titles}
    kinds = [each["type"] for each in widgets if each["properties"].get("title") in ("States", "Deployments")]
    assert kinds == ["alarm", "log"]
    [query] = [each["properties"]["query"] for each in widgets if each["properties"].get("title") == "What was done"]
    assert 'filter @message like "\\"reaction\\""' in query
    assert query.startswith("SOURCE '")
