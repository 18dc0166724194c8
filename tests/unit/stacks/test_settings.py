"""Valid configuration: what a team gets from its files, and that schema and page tell the same."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import ValidationError

from sagemaker_constructs.core.service_model import shape
from sagemaker_constructs.network.isolated_network import INTERFACE_SERVICES
from stacks.configuration.documentation import configuration_page
from stacks.configuration.schema import json_schema, schema_text
from stacks.foundation.settings import (
    CalledService,
    ImportedNetworkSettings,
    IsolatedNetworkSettings,
    NoNetworkSettings,
)
from stacks.platform import CAPABILITIES
from stacks.settings import PlatformSettings, SettingsError, load_settings, platform_model

PROJECT = Path(__file__).parents[3]
SHORTEST = """\
platform: ml-platform
environment: dev
region: eu-central-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  real_time:
    variants: [{instance_type: ml.c7i.large, instances: {minimum: 1, maximum: 1}}]
"""
RANGE = "[{name: num_leaves, kind: integer, minimum: 4, maximum: 31}]"
IMPORTED = """\
network:
  mode: imported
  subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
  security_group_ids: [sg-0123456789abcdef0]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    dockerfile = tmp_path / "containers" / "tabular" / "Dockerfile"
    dockerfile.parent.mkdir(parents=True)
    dockerfile.write_text("FROM scratch\n")
    (tmp_path / "config").mkdir()
    return tmp_path


@pytest.fixture(scope="module")
def schema_validator() -> Any:
    schema = json.loads((PROJECT / "config" / "schema.json").read_text(encoding="utf-8"))
    return import_module("jsonschema").Draft7Validator(schema)


def load(project: Path, text: str) -> PlatformSettings:
    file = project / "config" / "dev.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, project=project)


def section(settings: PlatformSettings, key: str) -> Any:
    """The settings of a way to serve."""
    found = getattr(settings.serving, key)
    assert found is not None
    return found


@pytest.mark.parametrize("environment", ["dev", "minimal", "staging", "prod"])
def test_committed_file_is_valid(environment: str) -> None:
    settings = load_settings(PROJECT / "config" / f"{environment}.yaml")

    assert settings.environment == environment


@pytest.mark.parametrize("environment", ["dev", "minimal", "staging", "prod"])
def test_committed_file_matches_the_schema_that_editors_use(schema_validator: Any, environment: str) -> None:
    text = (PROJECT / "config" / f"{environment}.yaml").read_text(encoding="utf-8")

    schema_validator.check_schema(schema_validator.schema)
    schema_validator.validate(yaml.safe_load(text))
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize(
    "wrong",
    [
        {"regoin": "us-east-1"},
        {"region": "us-east1"},
        {"tags": {"aws:owner": "me"}},
        {"network": {"mode": "isolated", "vpc_id": "vpc-01234567"}},
        {"account": 123},
        {"data": {"capture_days": 0}},
    ],
)
def test_schema_marks_mistakes(schema_validator: Any, wrong: dict[str, Any]) -> None:
    assert schema_validator.is_valid(yaml.safe_load(SHORTEST))
    assert not schema_validator.is_valid(yaml.safe_load(SHORTEST) | wrong)


def test_committed_schema_and_page_are_current() -> None:
    assert (PROJECT / "config" / "schema.json").read_text(encoding="utf-8") == schema_text(platform_model())
    assert (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8") == configuration_page(platform_model())


def test_shortest_file_gets_the_defaults(project: Path) -> None:
    settings = load(project, SHORTEST)

    assert settings.account is None
    assert settings.tags == {}
    assert settings.data.retain
    assert settings.network == IsolatedNetworkSettings(mode="isolated", availability_zones=2, cidr="10.0.0.0/16")
    assert settings.training
    assert (settings.training.instance_count, settings.training.max_runtime_minutes) == (1, 50)
    real_time = section(settings, "real_time")
    assert [variant.name for variant in real_time.variants] == ["AllTraffic"]
    assert (real_time.scaling, real_time.capture, real_time.rollout, real_time.front_door) == (None,) * 4
    assert settings.alarm_email is None


def test_what_needs_a_model_needs_training_and_serving(project: Path) -> None:
    head = SHORTEST.partition("training:")[0]
    assert load(project, head + "lake: {}\n").training is None
    with pytest.raises(SettingsError) as refused:
        load(project, head + "registry: {}\ntuning: {objective: 'validation:auc', ranges: []}\n".replace("[]", RANGE))
    assert {line.partition(": ")[2] for line in refused.value.lines} == {
        f"{section}: needs a section {missing}, got: none"
        for section in ("registry", "tuning")
        for missing in ("training", "serving")
    }
    with pytest.raises(SettingsError) as refused:
        load(project, SHORTEST.partition("serving:")[0])
    assert [line.partition(": ")[2] for line in refused.value.lines] == [
        "training: needs a section serving, got: none"
    ]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("serverless: {}", {"memory_gb": 2, "maximum_concurrency": 20, "provisioned": None}),
        (
            "batch_transform: {instance_type: ml.m5.large, on_new_data: true}",
            {"instance_count": 1, "input_filter": "$", "output_filter": "$", "join_input": False, "time_zone": "UTC"},
        ),
        ("shadow_test: {instance_type: ml.c7i.large}", {"instances": 1, "percent": 100}),
    ],
)
def test_any_way_of_serving_alone_is_enough(project: Path, section: str, expected: dict[str, object]) -> None:
    serving = load(project, SHORTEST.partition("  real_time")[0] + f"  {section}\n").serving

    [way] = [way for way in (getattr(serving, each.key, None) for each in CAPABILITIES) if way]
    assert way.model_dump().items() >= expected.items()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{mode: all_at_once}", {"bake_minutes": 5}),
        ("{mode: canary}", {"percent": 10, "bake_minutes": 5}),
        ("{mode: linear, percent: 50}", {"percent": 50, "bake_minutes": 5}),
        ("{mode: rolling, bake_minutes: 3}", {"percent": 25, "bake_minutes": 3}),
    ],
)
def test_rollout_by_its_mode(project: Path, written: str, expected: dict[str, object]) -> None:
    two = SHORTEST.replace("minimum: 1, maximum: 1", "minimum: 2, maximum: 2")
    real_time = section(load(project, two + f"    rollout: {written}\n"), "real_time")

    assert real_time.rollout.model_dump().items() >= expected.items()


def test_imported_network(project: Path) -> None:
    network = load(project, SHORTEST + IMPORTED).network

    assert isinstance(network, ImportedNetworkSettings)
    assert network.subnet_ids == ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")


def test_no_network(project: Path) -> None:
    assert isinstance(load(project, SHORTEST + "network: {mode: none}\n").network, NoNetworkSettings)


@pytest.mark.parametrize("written", ["123456789012", "'000012341234'", "000012341234"])
def test_account_may_be_written_without_quotes(project: Path, written: str) -> None:
    assert load(project, SHORTEST + f"account: {written}\n").account == written.strip("'")


def test_hyperparameters_and_tags_become_text(project: Path) -> None:
    text = SHORTEST.replace(
        "ml.m5.large}", "ml.m5.large, hyperparameters: {leaves: 15, rate: 0.05, bagging: true, metric: no}}"
    )

    settings = load(project, text + "tags: {cost-center: 4711, owner: Größe & Co}\n".replace(" & Co", ""))

    assert settings.training
    assert settings.training.hyperparameters == {
        "leaves": "15",
        "rate": "0.05",
        "bagging": "true",
        "metric": "no",
    }
    assert settings.tags == {"cost-center": "4711", "owner": "Größe"}


def test_settings_are_frozen(project: Path) -> None:
    settings = load(project, SHORTEST)

    with pytest.raises(ValidationError, match="frozen"):
        settings.training.__setattr__("instance_count", 2)


def test_limits_are_those_of_the_api() -> None:
    definitions = json_schema(platform_model())["$defs"]
    imported, training = definitions["ImportedNetworkSettings"]["properties"], definitions["TrainingSettings"]
    real_time = definitions["RealTimeSettings"]["properties"]

    assert imported["security_group_ids"]["maxItems"] == shape("VpcSecurityGroupIds")["max"]
    assert imported["subnet_ids"]["maxItems"] == shape("Subnets")["max"]
    assert training["properties"]["hyperparameters"]["maxProperties"] == shape("HyperParameters")["max"]
    assert real_time["variants"]["maxItems"] == shape("ProductionVariantList")["max"]


@pytest.mark.parametrize("name", ["AWS_DEFAULT_REGION", "AWS_REGION", "CDK_DEFAULT_ACCOUNT", "HOME"])
def test_environment_has_no_say(project: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = load(project, SHORTEST)

    monkeypatch.setenv(name, "eu-north-1")

    assert load(project, SHORTEST) == before


def test_the_services_of_a_network_are_those_that_the_construct_knows() -> None:
    # The settings name them once more, so that the file is read without the library's network.
    assert get_args(CalledService) == tuple(INTERFACE_SERVICES)
