"""What an environment has by the month, counted from templates."""

from typing import Any

import pytest

from tools.monthly_quantities import README, Bounds, quantities, with_table


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _configuration(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _resource("AWS::SageMaker::EndpointConfig", ProductionVariants=list(variants), **more)


def _variant(name: str = "Live", count: int = 2, **more: Any) -> dict[str, Any]:
    return {"VariantName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": count, **more}


def _target(least: int, most: int, *, variant: str = "Live", **more: Any) -> dict[str, Any]:
    return _resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        MinCapacity=least,
        MaxCapacity=most,
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        ResourceId={"Fn::Join": ["", ["endpoint/", {"Ref": "Endpoint"}, f"/variant/{variant}"]]},
        **more,
    )


def _copies(least: int) -> dict[str, Any]:
    return _resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        MinCapacity=least,
        MaxCapacity=2,
        ScalableDimension="sagemaker:inference-component:DesiredCopyCount",
        ResourceId="inference-component/one",
    )


HOURS = "instance-hours of ml.m5.large"
COMPONENT = _resource("AWS::SageMaker::InferenceComponent")
MANAGED = _variant(count=1, ManagedInstanceScaling={"MinInstanceCount": 0, "MaxInstanceCount": 3})


@pytest.mark.parametrize(
    ("resources", "name", "expected"),
    [
        ([_configuration(_variant())], HOURS, Bounds(1460, 1460)),
        ([_configuration(_variant()), _target(1, 4)], HOURS, Bounds(730, 2920)),
        ([_configuration(_variant()), _target(1, 4, variant="AlsoLive")], HOURS, Bounds(1460, 1460)),
        ([_configuration(_variant(), _variant("Other", 1)), _target(0, 1)], HOURS, Bounds(730, 1460)),
        ([_configuration(_variant(), ShadowProductionVariants=[_variant("Shadow", 1)])], HOURS, Bounds(2190, 2190)),
        (
            [
                _configuration(_variant()),
                _target(1, 2, ScheduledActions=[{"ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 5}}]),
            ],
            HOURS,
            Bounds(0, 3650),
        ),
        ([_configuration(MANAGED), COMPONENT, _copies(0)], HOURS, Bounds(0, 2190)),
        ([_configuration(MANAGED), COMPONENT, _copies(1)], HOURS, Bounds(730, 2190)),
        ([_configuration(MANAGED), COMPONENT], HOURS, Bounds(730, 2190)),
        (
            [
                _configuration(
                    {"VariantName": "V", "ServerlessConfig": {"MemorySizeInMB": 3072, "ProvisionedConcurrency": 2}}
                )
            ],
            "GB-hours of provisioned concurrency",
            Bounds(4380, 4380),
        ),
        (
            [_resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"])],
            "hours of interface endpoints",
            Bounds(2190, 2190),
        ),
        (
            [
                _resource("AWS::CloudWatch::Alarm"),
                _resource("AWS::ApplicationAutoScaling::ScalingPolicy", PolicyType="TargetTrackingScaling"),
                _resource("AWS::ApplicationAutoScaling::ScalingPolicy", PolicyType="StepScaling"),
            ],
            "alarms",
            Bounds(3, 3),
        ),
        ([_resource("AWS::WAFv2::WebACL", Rules=[{}, {}])], "rules of web ACLs", Bounds(2, 2)),
        ([_resource("AWS::RedshiftServerless::Namespace", ManageAdminPassword=True)], "secrets", Bounds(1, 1)),
    ],
)
def test_a_quantity_follows_from_the_template(resources: list[dict[str, Any]], name: str, expected: Bounds) -> None:
    assert quantities([{str(number): each for number, each in enumerate(resources)}])[name] == expected


def test_what_is_paid_by_use_is_not_counted() -> None:
    serverless = _configuration({"VariantName": "V", "ServerlessConfig": {"MemorySizeInMB": 2048}})
    gateway = _resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")
    assert quantities([{"Config": serverless, "S3": gateway, "Queue": _resource("AWS::SQS::Queue")}]) == {}


def test_stacks_are_added_up() -> None:
    one = {"Key": _resource("AWS::KMS::Key")}
    assert quantities([one, one]) == {"KMS keys": Bounds(2, 2)}


def test_the_table_of_the_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text) == text, "Run: make snapshots"


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="must stand once in the text, got: 0"):
        with_table("# no marks")
