"""Debugger of a training job, for existing customers."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

import sagemaker_constructs as sm
from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.training import DebugAction, Debugger, DebugRule

RULE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/rules:1"


def _definition(stack: Stack, bucket: s3.IBucket, debugger: Debugger) -> sm.TrainingDefinition:
    image = sm.ModelImage.from_directory("tests/unit/image")
    return sm.TrainingDefinition(
        stack, "Training", image=image, output=bucket, instance_type="ml.m5.large", debugger=debugger
    )


def _request(stack: Stack, bucket: s3.IBucket, debugger: Debugger) -> Any:
    return _definition(stack, bucket, debugger).request


@pytest.fixture
def stack() -> Stack:
    return cdk.Stack(cdk.App(), "Debugged", env=cdk.Environment(region="eu-west-1"))


def test_a_built_in_rule_has_its_evaluator_and_its_collection(stack: Stack, bucket: s3.IBucket) -> None:
    debugger = Debugger(
        [DebugRule.built_in("VanishingGradient", parameters={"threshold": "0.001"}), DebugRule.built_in("Overfit")],
        collections={"losses": {"save_interval": "50"}},
    )
    request = _request(stack, bucket, debugger)
    hook = request["DebugHookConfig"]
    assert hook["S3OutputPath"] == request["OutputDataConfig"]["S3OutputPath"]
    assert hook["CollectionConfigurations"] == [
        {"CollectionName": "gradients", "CollectionParameters": {"save_interval": "500"}},
        {"CollectionName": "losses", "CollectionParameters": {"save_interval": "50"}},
    ]
    first, second = request["DebugRuleConfigurations"]
    image = "929884845733.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-debugger-rules:latest"
    assert first == {
        "RuleConfigurationName": "VanishingGradient",
        "RuleEvaluatorImage": image,
        "RuleParameters": {"rule_to_invoke": "VanishingGradient", "threshold": "0.001"},
    }
    assert second["RuleConfigurationName"] == "Overfit"
    assert len(allowed(statements(stack), "ecr:BatchGetImage")) == 2
    assert allowed(statements(stack), "sagemaker:StopTrainingJob") == []


def test_actions_are_an_escaped_list_and_grants(stack: Stack, bucket: s3.IBucket) -> None:
    actions = [DebugAction.stop_training(), DebugAction.email("a@example.com"), DebugAction.sms("+4930123456")]
    definition = _definition(stack, bucket, Debugger([DebugRule.built_in("Overfit", actions=actions)]))
    request: Any = definition.request
    text = request["DebugRuleConfigurations"][0]["RuleParameters"]["action_json"]
    assert json.loads(text.replace("\\", "")) == [
        {"name": "stoptraining", "training_job_prefix": definition.name_prefix},
        {"name": "email", "endpoint": "a@example.com"},
        {"name": "sms", "endpoint": "+4930123456"},
    ]
    assert text.startswith('[{\\"name\\": \\"stoptraining\\"')
    assert len(allowed(statements(stack), "sagemaker:StopTrainingJob")) == 1
    [topic] = allowed(statements(stack), "sns:Publish")
    assert ":SMDebugRules" in json.dumps(topic)


def test_a_rule_of_ones_own_brings_its_image_and_its_instance(stack: Stack, bucket: s3.IBucket) -> None:
    rule = DebugRule.custom("own", image=RULE, source="s3://code/rule.py", rule="Own", instance_type="ml.m5.large")
    [configured] = _request(stack, bucket, Debugger([rule]))["DebugRuleConfigurations"]
    assert (configured["RuleEvaluatorImage"], configured["InstanceType"], configured["VolumeSizeInGB"]) == (
        RULE,
        "ml.m5.large",
        30,
    )
    assert configured["RuleParameters"] == {"source_s3_uri": "s3://code/rule.py", "rule_to_invoke": "Own"}


def test_the_closure_is_told_with_what_is_open(stack: Stack, bucket: s3.IBucket) -> None:
    _definition(stack, bucket, Debugger())
    words = Match.string_like_regexp("closed to new customers since 2026-07-30")
    Annotations.from_stack(stack).has_warning("/Debugged/Training", words)


LONG = [DebugAction.email(f"{'a' * 100}@example.com")] * 2


@pytest.mark.parametrize(
    ("debugger", "words"),
    [
        (Debugger([DebugRule.built_in("Overfitt")]), "debugger.rules[0].rule must be a known value, got: 'Overfitt'"),
        (Debugger([DebugRule.built_in("DeadRelu")]), "debugger.rules[0] reads the collection relu_output"),
        (Debugger([DebugRule.built_in("Overfit", actions=LONG)]), "actions may have at most 256 characters as text"),
        (Debugger([DebugRule.built_in("Overfit", parameters={"a": "b" * 257})]), "a may have at most 256 characters"),
        (Debugger([DebugRule.built_in("Overfit", parameters={"action_json": ""})]), "must not have action_json"),
        (
            Debugger([DebugRule.built_in("Overfit", actions=[DebugAction.email("me")])]),
            "debugger.rules[0].actions[0].email must be an address such as team@example.com, got: 'me'",
        ),
        (
            Debugger([DebugRule.built_in("Overfit", actions=[DebugAction.sms("030")])]),
            "actions[0].sms must be a number such as +4930123456, got: '030'",
        ),
        (Debugger(collections={str(name): {} for name in range(21)}), "debugger.collections may hold at most 20"),
        (Debugger([DebugRule.built_in("Overfit", name=str(name)) for name in range(21)]), "debugger.rules may hold"),
        (
            Debugger([DebugRule.custom("o", image="no", source="no", rule="O", instance_type="ml.m5.large")]),
            "debugger.rules[0].source must be an S3 URL, got: 'no'",
        ),
        (Debugger([DebugRule.built_in("Overfit")] * 2), "debugger.rules[1].name is refused by AWS"),
    ],
)
def test_what_debugger_cannot_do_is_refused(stack: Stack, bucket: s3.IBucket, debugger: Debugger, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        _definition(stack, bucket, debugger)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("region", "words"), [(None, "debugger.rules needs a stack with a concrete region"), ("ap-south-2", "ap-south-2")]
)
def test_a_region_without_evaluator_is_refused(region: str | None, words: str) -> None:
    stack = cdk.Stack(cdk.App(), "Elsewhere", env=cdk.Environment(region=region))
    output = sm.EncryptedBucket(stack, "Output")
    with pytest.raises(InvalidInput) as raised:
        _definition(stack, output, Debugger([DebugRule.built_in("Overfit")]))
    assert words in str(raised.value)
