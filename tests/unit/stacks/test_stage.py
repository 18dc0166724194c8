"""From settings to stacks: a section is a stack, and its alarms go to the platform's one topic."""

import json
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest

from harness.platform_templates import ENVIRONMENTS, PROJECT, synthesized
from sagemaker_constructs.core.templates.assembly import stacks_of
from stacks.foundation.settings import BootstrapSettings
from stacks.platform import CAPABILITIES, Capability
from stacks.registry.settings import RegistrySettings
from stacks.serving.common.rollout import (
    AllAtOnceRolloutSettings,
    AnyRollout,
    CanaryRolloutSettings,
    LinearRolloutSettings,
    RollingRolloutSettings,
)
from stacks.settings import PlatformSettings, load_settings
from stacks.stage import Platform


@pytest.fixture(scope="module")
def settings() -> PlatformSettings:
    return load_settings(PROJECT / "config" / "dev.yaml")


def _stacks(context: dict[str, Any], settings: PlatformSettings, outdir: Path) -> list[str]:
    platform = Platform(cdk.App(context=context, outdir=str(outdir)), "dev", settings=settings)
    return [child.node.id for child in platform.node.children if isinstance(child, cdk.Stack)]


def test_the_development_environment_switches_every_way_on(settings: PlatformSettings) -> None:
    assert all(reduce(getattr, capability.section.split("."), settings) for capability in CAPABILITIES)


@pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda capability: capability.id)
def test_a_section_is_a_stack(
    context: dict[str, Any], settings: PlatformSettings, capability: Capability, tmp_path: Path
) -> None:
    others = [other for other in CAPABILITIES if other != capability]
    assert settings.serving
    serving = settings.serving.model_copy(update={other.key: None for other in others if other.domain == "serving"})
    needed = [other for other in others if other.section in capability.after]
    alone = {"serving": serving, **{other.key: None for other in others if not other.domain and other not in needed}}

    stacks = _stacks(context, settings.model_copy(update=alone), tmp_path / "cdk.out")

    first = [capability.id] if capability.first else []
    later = [] if capability.first else [*(other.id for other in needed), capability.id]
    assert stacks == ["foundation", *first, "training", *later]


@pytest.mark.parametrize(
    "capability", [each for each in CAPABILITIES if not each.model], ids=lambda capability: capability.id
)
def test_what_needs_no_model_is_deployed_without_a_training(
    context: dict[str, Any], settings: PlatformSettings, capability: Capability, tmp_path: Path
) -> None:
    left_out = {each.key: None for each in CAPABILITIES if not each.domain and each != capability}
    alone = settings.model_copy(update={**left_out, "training": None, "serving": None})
    assert _stacks(context, alone, tmp_path / "cdk.out") == ["foundation", capability.id]


def test_another_bootstrap_limits_every_role_and_another_account_reads_models_alone(
    context: dict[str, Any], settings: PlatformSettings, tmp_path: Path
) -> None:
    other = "210987654321"
    changed = settings.model_copy(
        update={
            "bootstrap": BootstrapSettings(qualifier="ml", permissions_boundary="cdk-ml-boundary"),
            "registry": RegistrySettings(shared_with=(other,)),
        }
    )
    app = cdk.App(context=context, outdir=str(tmp_path))
    Platform(app, "dev", settings=changed)
    app.synth()
    stacks = list(stacks_of(tmp_path))
    assert all("role/cdk-ml-deploy-role" in each.artifact["assumeRoleArn"] for each in stacks if not each.nested)
    resources = {
        f"{each.name}/{name}": found for each in stacks for name, found in each.template["Resources"].items()
    }
    roles = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::IAM::Role"]
    assert roles
    assert all("policy/cdk-ml-boundary" in json.dumps(each.get("PermissionsBoundary")) for each in roles)
    naming = {each["Type"]: json.dumps(each) for each in resources.values() if other in json.dumps(each)}
    assert set(naming) == {"AWS::SageMaker::ModelPackageGroup", "AWS::S3::BucketPolicy", "AWS::KMS::Key"}
    assert "/training/*" in naming["AWS::S3::BucketPolicy"]
    [statement] = [
        each
        for found in resources.values()
        if found["Type"] == "AWS::KMS::Key"
        for each in found["Properties"]["KeyPolicy"]["Statement"]
        if other in json.dumps(each)
    ]
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:DescribeKey"}


def _alarms(environment: str) -> Iterator[tuple[str, list[object]]]:
    for stack in synthesized(environment):
        composite = json.dumps(stack.resources("AWS::CloudWatch::CompositeAlarm"))
        for name, alarm in stack.resources("AWS::CloudWatch::Alarm").items():
            if f'"{name}"' in composite and "AlarmActions" not in alarm["Properties"]:
                continue  # the alarm that is made of it tells
            yield f"{stack.name}/{name}", alarm["Properties"].get("AlarmActions", [])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_tells_the_platform_s_topic_or_scales(environment: str) -> None:
    judged = list(_alarms(environment))

    assert len(judged) >= 3
    for name, actions in judged:
        topic = f"ml-platform-{environment}-foundation:ExportsOutputRefAlarms"
        assert any(topic in str(action) or "Scaling" in str(action) for action in actions), name


@pytest.mark.parametrize(
    ("chosen", "kind", "seconds"),
    [
        (AllAtOnceRolloutSettings(mode="all_at_once", bake_minutes=60), "ALL_AT_ONCE", 3600 + 3600),
        (CanaryRolloutSettings(mode="canary", bake_minutes=60), "CANARY", 3600 + 2 * 3600),
        (LinearRolloutSettings(mode="linear", percent=10, bake_minutes=40), "LINEAR", 3600 + 10 * 2400),
        (RollingRolloutSettings(mode="rolling", percent=5, bake_minutes=20), None, 3600 + 20 * 1200),
    ],
)
def test_the_longest_rollout_of_each_mode_has_time_enough(chosen: AnyRollout, kind: str | None, seconds: int) -> None:
    rollout = chosen.option()

    [found] = rollout.properties().values()
    policy = cast(dict[str, Any], found)
    assert policy["maximumExecutionTimeoutInSeconds"] == seconds
    assert policy.get("trafficRoutingConfiguration", {}).get("type") == kind
    assert [problem for problem in rollout.problems([]) if problem] == []
