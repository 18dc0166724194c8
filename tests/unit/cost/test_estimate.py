"""What an estimate says beyond its sums: what it does not know, and what of the stated use is wrong."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sagemaker_constructs.cost.changes import (
    OneEndpointForAll,
    OtherInstanceType,
    SavingsPlan,
    ScaleToZero,
    TrainingOnSpot,
    WhatIf,
    break_even,
    what_if,
)
from sagemaker_constructs.cost.estimates import Bound, estimate, templates_of
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.cost.quantities.counting import counters, free_types
from sagemaker_constructs.cost.quantities.schedules import CapacityBounds, over_a_year, times_a_month

PROJECT = Path(__file__).parents[3]
KNOWN = PriceList.of_region("us-east-1")


def _config(kind: str = "ml.m5.large", count: int = 2) -> dict[str, Any]:
    variant = {"VariantName": "Live", "InstanceType": kind, "InitialInstanceCount": count}
    return {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": [variant]}}


def _one(**resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"Stack": {"Resources": resources}}


def test_a_price_that_is_not_known_is_never_nothing() -> None:
    found = estimate(_one(Config=_config("ml.p9.48xlarge")), KNOWN)
    [item] = found.unpriced(Bound.LEAST)
    assert (item.what, item.usd(Bound.EXPECTED)) == ("instance-hours of ml.p9.48xlarge", None)
    assert found.usd(Bound.EXPECTED) == 0


def test_a_type_that_nobody_counts_is_named() -> None:
    found = estimate(_one(A={"Type": "AWS::EKS::Cluster"}, B={"Type": "AWS::EKS::Cluster"}), KNOWN)
    assert found.unknown_types == {"AWS::EKS::Cluster": 2}


def test_every_type_of_the_platform_is_counted_or_free() -> None:
    paths = (PROJECT / "tests" / "snapshot" / "templates").glob("*.json")
    found = estimate({path.stem: json.loads(path.read_text()) for path in paths}, KNOWN)
    assert not found.unknown_types


def test_no_type_is_both_counted_and_free() -> None:
    assert not counters().keys() & free_types().keys()


def test_stacks_share_what_their_tiers_cost() -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    use = {"One/*": {"gigabytes": 10}, "Two/*": {"gigabytes": 30}}
    found = estimate({"One": {"Resources": {"A": bucket}}, "Two": {"Resources": {"A": bucket}}}, KNOWN, use)
    assert found.by_stack(Bound.EXPECTED) == {"One": Decimal("0.230"), "Two": Decimal("0.690")}


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (
            {"Stack/Confg": {"instances": 1}},
            "'Stack/Confg' matches no resource that is paid for; did you mean 'Stack/Config'?",
        ),
        ({"Stack/*": {"instancs": 1}}, "'Stack/*': 'instancs' is not asked for; allowed: instances"),
        ({"Stack/*": {"instances": -1}}, "'Stack/*': instances must be at least 0, got: -1"),
    ],
)
def test_stated_use_that_is_wrong_is_refused(use: dict[str, dict[str, float]], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        estimate(_one(Config=_config()), KNOWN, use)


def test_expected_instances_stay_within_the_bounds_of_scaling() -> None:
    found = estimate(_one(Config=_config()), KNOWN, {"Stack/Config": {"instances": 9}})
    assert found.usd(Bound.EXPECTED) == found.usd(Bound.MOST) == Decimal("167.90")


def _action(schedule: str, least: int, most: int) -> dict[str, Any]:
    return {"Schedule": schedule, "ScalableTargetAction": {"MinCapacity": least, "MaxCapacity": most}}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([], (1, 4)),
        # 2027 has 261 working days, of which 12 of 24 hours are at two: 1 + 261 x 12 / 8760
        (
            [_action("cron(0 7 ? * MON-FRI *)", 2, 4), _action("cron(0 19 ? * MON-FRI *)", 1, 4)],
            (Decimal(1) + Decimal(261 * 12) / 8760, 4),
        ),
        # Nothing sets it back, so that it stays from the year before on.
        ([_action("cron(0 20 * * ? *)", 0, 1)], (0, 1)),
        ([_action("cron(30 6 1 JAN,jul ? *)", 2, 2), _action("cron(30 6 1 4,10 ? *)", 0, 0)], None),
        # What is no plain cron may set its bounds at any time.
        ([_action("rate(1 day)", 0, 9)], (0, 9)),
        ([_action("cron(0 7 L * ? *)", 0, 2), _action("cron(0 7 ? * 2#1 *)", 3, 5)], (0, 5)),
        ([_action("cron(0/30 0-23/1 */1 * ? *)", 3, 3)], (3, 3)),
    ],
)
def test_schedules_weigh_by_the_hours_they_hold(actions: list[dict[str, Any]], expected: Any) -> None:
    found = over_a_year(CapacityBounds(Decimal(1), Decimal(4)), actions)
    if expected is None:
        # January to March and July to September: 90 + 92 of 365 days at two.
        expected = (Decimal(2 * (90 + 92)) / 365,) * 2
    assert float(found.least) == pytest.approx(float(expected[0]), abs=1e-12)
    assert float(found.most) == pytest.approx(float(expected[1]), abs=1e-12)


CHANGES: list[tuple[WhatIf, str]] = [
    # 2 x 730 x 0.115 + 730 x 0.115 = 251.85, and 100 h of training at 0.23 = 23.00
    (OtherInstanceType("ml.m5.large", "ml.m5.xlarge"), "526.70"),
    (SavingsPlan(Decimal("0.3")), "192.40"),
    (ScaleToZero(Decimal("0.75")), "85.96"),
    (OneEndpointForAll(), "190.90"),
]


@pytest.mark.parametrize(("change", "usd"), CHANGES)
def test_what_would_be_otherwise(change: WhatIf, usd: str) -> None:
    request = json.dumps({"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}})
    job = {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": request}}
    resources = {"A": _config(), "B": _config(count=1), "Job": job}
    found = estimate(_one(**resources), KNOWN, {"Stack/Job": {"runs": 10, "minutes": 600}})
    assert found.usd(Bound.EXPECTED) == Decimal("274.85")
    assert what_if(found, KNOWN, [change]).usd(Bound.EXPECTED) == Decimal(usd)
    spot = what_if(found, KNOWN, [TrainingOnSpot()])
    assert [item.key for item in spot.unpriced(Bound.EXPECTED)] == ["AmazonSageMaker/TrSpt:ml.m5.xlarge"]


@pytest.mark.parametrize("share", ["-0.1", "1.1"])
def test_a_share_is_one(share: str) -> None:
    for change in (SavingsPlan, ScaleToZero):
        with pytest.raises(ValueError, match="must be between 0 and 1"):
            change(Decimal(share))


def test_serverless_and_an_instance_cost_the_same_somewhere() -> None:
    # 730 x 0.115 = 83.95 for the instance, 0.12 s x 0.00004 a request: 17,489,583.33 requests
    found = break_even(KNOWN, instance_type="ml.m5.large", memory_gb=2, milliseconds=Decimal(120))
    assert round(found.requests, 2) == Decimal("17489583.33")
    with pytest.raises(ValueError, match=re.escape("not known in us-east-1: AmazonSageMaker/Host:ml.none")):
        break_even(KNOWN, instance_type="ml.none", memory_gb=2, milliseconds=Decimal(120))


def test_templates_are_found_in_stages(tmp_path: Path) -> None:
    inner = tmp_path / "assembly-dev"
    inner.mkdir()
    (inner / "a.json").write_text(json.dumps({"Resources": {"Config": _config()}}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.json", "stackName": "app-a"}}
    (inner / "manifest.json").write_text(json.dumps({"artifacts": {"a": stack}}))
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"dev": stage, "tree": {"type": "cdk:tree"}}}))
    assert list(templates_of(tmp_path)) == ["app-a"]


PROCESSING = json.dumps(
    {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}}}
)
TRANSFORM = {"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}
TASK = {"Type": "Task", "Resource": "arn:-:states:::sagemaker:createTransformJob.sync", "Parameters": TRANSFORM}
EACH_HOUR = {"ScheduleExpression": "rate(1 hour)", "Target": {"Arn": {"Fn::GetAtt": ["Job", "Arn"]}}}
STARTS: list[tuple[dict[str, Any], dict[str, float], str]] = [
    # 365 / 12 nights of 12 minutes on two instances: 12.17 h
    (
        {
            "Job": (
                "Scheduler::Schedule",
                {"ScheduleExpression": "cron(0 3 * * ? *)", "Target": {"Arn": "-", "Input": PROCESSING}},
            )
        },
        {"minutes": 12},
        "12.17",
    ),
    # 730 hours of 3 minutes on two instances: 73 h
    (
        {
            "Job": ("Lambda::Function", {"Environment": {"Variables": {"NAME": "-", "REQUEST": PROCESSING}}}),
            "Schedule": ("Scheduler::Schedule", EACH_HOUR),
        },
        {"minutes": 3},
        "73.00",
    ),
    # 10 files of 6 minutes: 1 h
    (
        {"Job": ("StepFunctions::StateMachine", {"DefinitionString": json.dumps({"States": {"One": TASK}})})},
        {"runs": 10, "minutes": 6},
        "1.00",
    ),
]
"""Resources that start jobs, what is stated of their use, and the hours of instances that come of it."""


@pytest.mark.parametrize(("resources", "use", "hours"), STARTS)
def test_jobs_that_a_resource_starts(resources: dict[str, Any], use: dict[str, float], hours: str) -> None:
    written = {name: {"Type": f"AWS::{kind}", "Properties": each} for name, (kind, each) in resources.items()}
    found = estimate(_one(**written), KNOWN, {"Stack/Job": use})
    [item] = [each for each in found.items if each.what.startswith("instance-hours")]
    amount = item.amount(Bound.EXPECTED)
    assert amount is not None
    assert amount.quantize(Decimal("0.01")) == Decimal(hours)


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(1 hour)", 730),
        ("rate(5 minutes)", 8760),
        ("rate(2 days)", Decimal(730) / 48),
        ("cron(0 3 1 * ? *)", 1),
        ("cron(0 7,19 * * ? *)", Decimal(730) / 12),
        ("at(2027-01-01T00:00:00)", None),
        ("cron(0 3 L * ? *)", None),
    ],
)
def test_how_often_a_schedule_is_due(expression: str, times: Decimal | None) -> None:
    assert times_a_month(expression) == times
