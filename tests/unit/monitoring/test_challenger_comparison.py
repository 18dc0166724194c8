"""A comparison of a challenger: what it provisions and may do, whom it tells, and what is refused."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact
from sagemaker_constructs.monitoring import (
    AnswerQuality,
    ChallengerComparison,
    CollectedTruth,
    DriftReactions,
    DriftSettings,
    PromoteChallenger,
    PromotionRule,
    ShiftTraffic,
)
from sagemaker_constructs.observability import Alarms, Dashboard
from sagemaker_constructs.registry import ModelPackageGroup
from sagemaker_constructs.serving import DataCapture, RealTimeEndpoint, Variant
from sagemaker_constructs.storage import EncryptionKey

IMAGE = ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/monitor:1")
QUALITY = AnswerQuality("BinaryClassification", probability="p")


def _compared(
    stack: Stack, *, shadow: bool = True, more: tuple[str, ...] = (), **given: Any
) -> tuple[ChallengerComparison, RealTimeEndpoint]:
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket", encryption_key=EncryptionKey(stack, "Key")))
    variants = [
        Variant(
            Model(stack, name, image=IMAGE, artifact=ModelArtifact.from_bucket(bucket, "model.tar.gz")),
            name=name,
            instance_type="ml.c7i.large",
        )
        for name in ("Champion", "Challenger", *more)
    ]
    capture = DataCapture(bucket, mode=given.pop("mode", "both"))
    serve, copies = (variants[:1], variants[1:]) if shadow else (variants, [])
    endpoint = RealTimeEndpoint(stack, "Live", capture=capture, variants=serve, shadow=copies)
    arguments: dict[str, Any] = {
        "truth": CollectedTruth(bucket, "truth"),
        "settings": DriftSettings(outputs=["p"], quality=QUALITY),
        "reports": ProcessingOutput(bucket, "reports"),
        "image": IMAGE,
        **given,
    }
    return ChallengerComparison(stack, "Compared", endpoint=endpoint, capture=capture, **arguments), endpoint


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[ChallengerComparison, Template, Path]:
    folder = tmp_path_factory.mktemp("compared")
    app = App(outdir=str(folder))
    stack = Stack(app, "Serving", env=Environment(region="us-east-1"))
    comparison, _ = _compared(
        stack, rule=PromotionRule(false_promotions=0.01, minimum_truths=1_000), every=Duration.hours(12)
    )
    topic = cast(sns.ITopic, sns.Topic(stack, "Topic"))
    comparison.on_recommendation("Told", topic=topic)
    Alarms(stack, "Alarms", watched=[comparison], topic=topic)
    Dashboard(stack, "Dashboard", watched=[comparison])
    group = ModelPackageGroup(stack, "Group", name="churn")
    reactions = {"promote": PromoteChallenger(group, automatic=True, stage="Production")}
    DriftReactions(stack, "Promotion", monitor=comparison, reactions=reactions)
    template = Template.from_stack(stack)
    app.synth()
    return comparison, template, folder


def _function(template: Template, handler: str = "lambdas.monitor.comparison_handler.handler") -> dict[str, Any]:
    [found] = template.find_resources("AWS::Lambda::Function", {"Properties": {"Handler": handler}}).values()
    return found["Properties"]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(_text(part) for part in value["Fn::Join"][1]) if "Fn::Join" in value else "-"


def test_the_function_knows_both_variants_and_the_request_of_a_run(
    made: tuple[ChallengerComparison, Template, Path],
) -> None:
    comparison, template, _ = made
    variables = _function(template)["Environment"]["Variables"]
    assert json.loads(variables["MONITOR"]) == {
        "name": comparison.monitor_name,
        "endpoint": comparison.captured.endpoint,
        "prefix": comparison.monitor_name,
        "every": 12 * 3600,
        "delay": 15 * 60,
        "truth": {"every": 24 * 3600, "days": 7.0},
    }
    assert json.loads(_text(variables["VARIANTS"])) == {
        "champion": {"variant": "Champion", "model": "-"},
        "challenger": {"variant": "Challenger", "model": "-"},
    }
    request = json.loads(_text(variables["REQUEST"]))
    assert request["AppSpecification"]["ContainerArguments"] == ["compare"]
    names = [each["InputName"] for each in request["ProcessingInputs"]]
    assert names == ["captured", "settings", "history", "operation"]
    assert request["Environment"] == {"comparison_name": comparison.monitor_name}
    template.has_resource_properties("AWS::Scheduler::Schedule", {"ScheduleExpression": "cron(15 0/12 * * ? *)"})


def test_settings_are_those_of_the_container(made: tuple[ChallengerComparison, Template, Path]) -> None:
    from monitor.comparison.settings import read_comparison

    [path] = [each for each in made[2].glob("asset.*.json") if "challenger" in each.read_text()]
    read = read_comparison(path)
    assert (read.champion, read.challenger, read.shadow) == ("Champion", "Challenger", True)
    assert (read.false_promotions, read.minimum_truths, read.aim) == (0.01, 1_000, "better")
    assert (read.answers.problem, read.answers.probability, read.answers.outputs) == (
        "BinaryClassification",
        "p",
        ["p"],
    )


def test_it_may_describe_its_two_models_and_nothing_else_of_sagemaker(
    made: tuple[ChallengerComparison, Template, Path],
) -> None:
    [role] = [
        each
        for each in made[1].find_resources("AWS::IAM::Role").values()
        if 'sagemaker:DescribeModel"' in json.dumps(each)
    ]
    statements = [each for policy in role["Properties"]["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    of_sagemaker = {each for one in statements for each in actions_of(one) if each.startswith("sagemaker:")}
    assert of_sagemaker == {
        "sagemaker:AddTags",
        "sagemaker:CreateProcessingJob",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeModel",
        "sagemaker:DescribeProcessingJob",
    }
    [models] = [each["Resource"] for each in statements if each["Action"] == "sagemaker:DescribeModel"]
    assert len(models) == 2


def test_alarms_are_on_runs_and_lead_to_the_runbook(made: tuple[ChallengerComparison, Template, Path]) -> None:
    comparison, template, _ = made
    assert len(comparison.alarms) == 2
    for heading in ("failed", "silent"):
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm",
            {
                "AlarmDescription": Match.string_like_regexp(f"Challenger against Champion.*runbook.md#{heading}"),
                "Dimensions": [{"Name": "Monitor", "Value": comparison.monitor_name}],
            },
        )


def test_the_registry_is_told_of_what_is_recommended(made: tuple[ChallengerComparison, Template, Path]) -> None:
    comparison, template, _ = made
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["sagemaker-constructs.monitoring"],
                "detail-type": ["Challenger Comparison Ended"],
                "detail": {"monitor": [comparison.monitor_name], "recommendation": ["promote"]},
            },
            "Targets": [Match.object_like({"InputTransformer": Match.any_value()})],
        },
    )
    rules = json.dumps(template.find_resources("AWS::Events::Rule"))
    for each in ("promote", "automatic", "Production", "model-package/churn/"):
        assert each in rules


def test_metrics_are_of_the_comparison(made: tuple[ChallengerComparison, Template, Path]) -> None:
    comparison = made[0]
    metrics = (
        comparison.metric_promotion_recommended(),
        comparison.metric_advantage(),
        comparison.metric_least_advantage(),
        comparison.metric_agreement(),
        comparison.metric_runs(),
        comparison.metric_failed_runs(),
        comparison.metric_rows(),
        comparison.metric_lost_rows(),
    )
    assert {each.namespace for each in metrics} == {"SageMakerConstructs/Monitoring"}
    assert all(each.dimensions == {"Monitor": comparison.monitor_name} for each in metrics)


def test_variants_share_the_requests_without_a_shadow() -> None:
    stack = Stack(App(), "S", env=Environment(region="us-east-1"))
    comparison, endpoint = _compared(stack, shadow=False, challenger="Challenger")
    shift = {"shift": ShiftTraffic(endpoint, "Challenger", on="promote")}
    DriftReactions(stack, "Promotion", monitor=comparison, reactions=shift)
    assert comparison.event_pattern("failed")["detail-type"] == ["Challenger Comparison Failed"]
    served = json.loads(_text(_function(Template.from_stack(stack))["Environment"]["Variables"]["VARIANTS"]))
    assert served["champion"]["variant"] == "Champion"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"challenger": "Chalenger"}, "challenger must be a known value, got: 'Chalenger'; did you mean Challenger"),
        ({"shadow": False}, "challenger must be"),
        ({"shadow": False, "challenger": "Challenger", "more": ("Third",)}, "champion must be"),
        ({"champion": "Challenger"}, "champion must be"),
        ({"mode": "output"}, "capture.mode must be both"),
        ({"truth": None}, "truth is required by the rule's aim"),
        ({"settings": DriftSettings()}, "truth requires settings.quality"),
        ({"shadow": False, "challenger": "Challenger", "rule": PromotionRule(aim="same")}, "rule.aim must be better"),
        ({"rule": PromotionRule(false_promotions=0)}, "rule.false_promotions must be above 0"),
        ({"rule": PromotionRule(minimum_truths=20)}, "rule.minimum_truths must be between 100"),
        ({"rule": PromotionRule(better_by=-1)}, "rule.better_by must be between 0"),
        (
            {
                "rule": PromotionRule(measure="probabilities"),
                "settings": DriftSettings(quality=AnswerQuality("Regression", prediction="p")),
            },
            "rule.measure requires a BinaryClassification",
        ),
        ({"every": Duration.hours(5)}, "every must be one of 1, 2, 3, 4, 6, 8, 12, 24 hours"),
        ({"delay": Duration.seconds(90)}, "delay must be whole minutes"),
    ],
)
def test_what_cannot_compare_is_refused(given: Any, message: str) -> None:
    stack = Stack(App(), "S", env=Environment(region="us-east-1"))
    with pytest.raises(InvalidInput, match=message):
        _compared(stack, **given)


def test_a_reaction_is_about_what_is_told() -> None:
    stack = Stack(App(), "S", env=Environment(region="us-east-1"))
    comparison, endpoint = _compared(stack)
    group = ModelPackageGroup(stack, "Group", name="churn")
    with pytest.raises(InvalidInput, match=r"reactions.promote.on must be .*, got: 'severe'"):
        DriftReactions(
            stack, "Wrong", monitor=comparison, reactions={"promote": PromoteChallenger(group, on="severe")}
        )
    del endpoint
