import json
from typing import Any

from aws_cdk import Stack
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.serving.endpoint_dashboard import EndpointDashboard
from sagemaker_constructs.serving.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.instance_range import InstanceRange
from sagemaker_constructs.serving.model import Model
from sagemaker_constructs.serving.variant import Variant


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
    model = Model(stack, f"{name}Model", image=ModelImage.from_directory("containers/tabular"))
    return Variant(model, instance_type="ml.c7i.large", name=name, instances=InstanceRange(2, 8))


def test_every_variant_has_its_row_of_graphs(stack: Stack) -> None:
    endpoint = ImportedEndpoint(stack, "Theirs", endpoint_name="churn")
    EndpointDashboard(
        stack, "Dashboard", endpoint=endpoint, variants=[_variant(stack, "Blue"), _variant(stack, "Green")]
    )
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
    endpoint = ImportedEndpoint(stack, "Theirs", endpoint_name="churn")
    EndpointDashboard(stack, "Dashboard", endpoint=endpoint, variants=[_variant(stack, "Blue")])
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
    endpoint = ImportedEndpoint(stack, "Theirs", endpoint_name="churn")
    EndpointDashboard(stack, "Dashboard", endpoint=endpoint, variants=[_variant(stack, "Blue")])
    [instances] = [widget for widget in _widgets(stack) if widget["properties"].get("title") == "Instances"]
    lines = instances["properties"]["annotations"]["horizontal"]
    assert [(line["label"], line["value"]) for line in lines] == [("minimum", 2), ("maximum", 8)]
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Dashboard", {"DashboardName": Match.absent()}
    )
