"""Mistakes in configuration files: each is one line that names its place and what is allowed."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as some

from stacks.settings import SettingsError, load_settings

VALID = """\
platform: ml-platform
environment: dev
region: eu-central-1
tags:
  project: ml-platform
network:
  mode: imported
  subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
  security_group_ids: [sg-0123456789abcdef0]
training:
  image: containers/tabular
  instance_type: ml.m5.large
  hyperparameters:
    num_leaves: 15
serving:
  image: containers/tabular
  real_time:
    variants:
      - name: Blue
        instance_type: ml.c7i.large
        instances: {minimum: 2, maximum: 4}
        weight: 1.0
      - name: Green
        instance_type: ml.c7i.large
        instances: {minimum: 2, maximum: 4}
        weight: 0.0
    scaling:
      invocations_per_instance_per_minute: 600
    capture:
      percent: 20
    rollout: {mode: canary, percent: 10}
    front_door:
      authorization: {mode: api_key, requests_per_day: 100}
      allow_origins: [https://app.example.com]
  shadow_test: {instance_type: ml.c7i.large, percent: 50}
  serverless:
    provisioned: {minimum: 1, maximum: 5}
  asynchronous:
    instance_type: ml.m6i.large
    instances: {minimum: 0, maximum: 3}
    backlog_per_instance: 5
  multi_model:
    instance_type: ml.m5.large
    instances: {minimum: 2, maximum: 2}
  shared:
    instance_type: ml.c7i.xlarge
    instances: {minimum: 0, maximum: 2}
    components:
      - {name: one, memory_mb: 512, copies: {minimum: 0, maximum: 4}, concurrency_per_copy: 4}
      - {name: two, memory_mb: 512, copies: {minimum: 1, maximum: 4}, concurrency_per_copy: 4}
  batch_transform:
    instance_type: ml.m5.large
    schedule: cron(0 3 * * ? *)
"""
MANY_FAULTS = """\
platform: ML_Platform
environment: production
regoin: eu-central-1
account: 12345
tags:
  aws:owner: me
network:
  mode: isolated
  availability_zones: 7
  cidr: 10.0.0.0/8
training:
  image: containers/tabuler
  instance_type: ml.m5.larg
  max_runtime_minutes: 90
serving:
  image: containers/tabular
  real_time:
    variants:
      - instance_type: ml.c7i.large
        instances: {minimum: 5, maximum: 4}
      - instance_type: ml.c7i.large
        instances: {minimum: 1, maximum: 2}
    scaling:
      invocations_per_instance_per_minute: none
  serverless:
    memory_gb: 7
    provisioned: {minimum: 1, maximum: 21}
  asynchronous:
    instance_type: ml.m6i.large
    instances: {minimum: 3, maximum: 2}
    backlog_per_instances: 5
  batch_transform:
    instance_type: ml.m5.large
    input_filter: "[1:]"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project")
    (path / "containers" / "tabular").mkdir(parents=True)
    (path / "containers" / "tabular" / "Dockerfile").write_text("FROM scratch\n")
    (path / "containers" / "empty").mkdir()
    (path / "config").mkdir()
    return path


def faults(project: Path, content: str | bytes) -> list[str]:
    """Load a file and return its mistakes, without the folder in front of the file's name."""
    file = project / "config" / "dev.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        load_settings(file, project=project)
    except SettingsError as error:
        lines, message = error.lines, str(error)
    else:
        return []
    assert lines
    assert message == "\n".join(lines)
    assert all(line.isprintable() for line in lines)
    return [line.removeprefix(f"{file.parent.as_posix()}/") for line in lines]


def test_valid_file_has_no_fault(project: Path) -> None:
    assert faults(project, VALID) == []


def test_all_faults_of_a_file_are_reported_in_its_order(project: Path) -> None:
    lines = faults(project, MANY_FAULTS)

    assert [line.split(": ")[:2] for line in lines] == [
        ["dev.yaml:1", "platform"],
        ["dev.yaml:2", "environment"],
        ["dev.yaml:3", "regoin"],
        ["dev.yaml:4", "account"],
        ["dev.yaml:6", 'tags["aws:owner"]'],
        ["dev.yaml:9", "network.availability_zones"],
        ["dev.yaml:10", "network.cidr"],
        ["dev.yaml:12", "training.image"],
        ["dev.yaml:13", "training.instance_type"],
        ["dev.yaml:14", "training.max_runtime_minutes"],
        ["dev.yaml:20", "serving.real_time.variants[0].instances.maximum"],
        ["dev.yaml:21", "serving.real_time.variants[1].name"],
        ["dev.yaml:24", "serving.real_time.scaling.invocations_per_instance_per_minute"],
        ["dev.yaml:26", "serving.serverless.memory_gb"],
        ["dev.yaml:27", "serving.serverless.provisioned.maximum"],
        ["dev.yaml:30", "serving.asynchronous.instances.maximum"],
        ["dev.yaml:31", "serving.asynchronous.backlog_per_instances"],
        ["dev.yaml:32", "serving.batch_transform"],
        ["dev.yaml:34", "serving.batch_transform.input_filter"],
    ]
    assert all("; allowed: " in line or ": must be " in line for line in lines)


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        (
            "instance_type: ml.m5.large",
            "instance_type: ml.m5.larg",
            'dev.yaml:12: training.instance_type: "ml.m5.larg" is not a training instance type; '
            "allowed: ml.m5.large (did you mean this?), ",
        ),
        (
            "    capture:\n",
            "    captre:\n",
            "dev.yaml:29: serving.real_time.captre: unknown key; allowed: capture (did you mean this?), model, ",
        ),
        ("percent: 20", "percent: 101", "dev.yaml:30: serving.real_time.capture.percent: 101 is not allowed; "),
        ("percent: 20", 'percent: "20"', 'dev.yaml:30: serving.real_time.capture.percent: "20" is not allowed; '),
        ("percent: 20", "percent: true", "dev.yaml:30: serving.real_time.capture.percent: true is not allowed; "),
        ("    percent: 20", "    percent:", "dev.yaml:30: serving.real_time.capture.percent: an empty value is not "),
        ("region: eu-central-1", "region: eu-central1", 'dev.yaml:3: region: "eu-central1" is not a region '),
        ("region: eu-central-1\n", "", "dev.yaml:1: region: required key is missing; allowed: "),
        ("  image: containers/tabular\n  instance", "  instance", "dev.yaml:10: training.image: required "),
        ("name: Blue", "name: Blue_1", 'dev.yaml:19: serving.real_time.variants[0].name: "Blue_1" is not allowed; '),
        ("weight: 1.0", "weight: -1", "dev.yaml:22: serving.real_time.variants[0].weight: -1 is not allowed; "),
        ("mode: canary", "mode: canry", 'dev.yaml:31: serving.real_time.rollout.mode: "canry" is not a roll'),
        ("{mode: canary, ", "{", "dev.yaml:31: serving.real_time.rollout.mode: required key is missing; allowed: "),
        ("percent: 10}", "percent: 51}", "dev.yaml:31: serving.real_time.rollout.percent: 51 is not allowed; "),
        ("percent: 10}", "prcent: 10}", "dev.yaml:31: serving.real_time.rollout.prcent: unknown key; allowed"),
        ("_day: 100", "_day: 0", "dev.yaml:33: serving.real_time.front_door.authorization.requests_per_day: 0 is "),
        ("api_key, requests_per_day: 100", "cognito, user_pool_arns: [x]", "dev.yaml:33: serving.real_time.front"),
        ("https://app.example.com", "app.example.com", "dev.yaml:34: serving.real_time.front_door.allow_origins[0]"),
        ("percent: 50}", "percent: 0}", "dev.yaml:35: serving.shadow_test.percent: 0 is not allowed; allowed: a "),
        ("{minimum: 0, maximum: 3}", "{minimum: 0}", "dev.yaml:40: serving.asynchronous.instances.maximum: required"),
        ("memory_mb: 512", "memory_mb: 64", "dev.yaml:49: serving.shared.components[0].memory_mb: 64 is not "),
        ("cron(0 3 * * ? *)", "daily", 'dev.yaml:53: serving.batch_transform.schedule: "daily" is not allowed; '),
        ("    schedule:", "    time_zone: a b\n    schedule:", 'dev.yaml:53: serving.batch_transform.time_zone: '),
        ("project: ml-platform", "project: a;b", 'dev.yaml:5: tags.project: "a;b" is not allowed; allowed: '),
        ("project: ml-platform", "'': x", 'dev.yaml:5: tags[""]: the key is not allowed; allowed: 1 to 128'),
        ("mode: imported", "mode: importd", 'dev.yaml:7: network.mode: "importd" is not a network mode; '),
        ("  mode: imported\n", "", "dev.yaml:6: network.mode: required key is missing; allowed: "),
        ("[sg-0123456789abcdef0]", "[]", "dev.yaml:9: network.security_group_ids: a list with 0 items is "),
        ("[sg-0123456789abcdef0]", "sg-0123456789abcdef0", 'dev.yaml:9: network.security_group_ids: '),
        ("    num_leaves: 15", "    num_leaves: [15]", "dev.yaml:14: training.hyperparameters.num_leaves: "),
        ("  mode: imported", "\tmode: imported", "dev.yaml:7: a tab character; allowed: spaces"),
        ("  mode: imported", "  mode: imported: yes", "dev.yaml:7: not valid YAML at column 17: "),
        ("  mode: imported", "  mode: imported\n  mode: none", "dev.yaml:8: network.mode: key stands "),
        ("  mode: imported", "  mode: !!python/none x", "dev.yaml:7: network.mode: the YAML tag "),
        ("platform: ml-platform\n", "platform: &p ml-platform\nalarm_email: *p\n", "dev.yaml:2: not valid "),
    ],
)  # fmt: skip
def test_single_fault_is_one_line(project: Path, right: str, wrong: str, line: str) -> None:
    assert VALID.count(right) >= 1

    [found] = faults(project, VALID.replace(right, wrong, 1))

    assert found.startswith(line)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "dev.yaml:1: the file is empty; allowed: a mapping with the keys platform, "),
        ("# nothing\n", "dev.yaml:1: the file is empty; allowed: a mapping"),
        ("- a\n- b\n", "dev.yaml:1: a list with 2 items is not allowed; allowed: a mapping"),
        ("text", 'dev.yaml:1: "text" is not allowed; allowed: a mapping'),
        ("a: [1,\n", "dev.yaml:2: not valid YAML at column 1: "),
        ("a: 1\n--- \nb: 2\n", "dev.yaml:2: not valid YAML at column 1: "),
        ("\n[" * 50, "dev.yaml:23: not valid YAML at column 1: nested more than 20 levels deep"),
        ('a: "\\UFFFFFFFF"', "dev.yaml:1: not valid YAML: an escape or directive is out of range"),
        ("a: 1\nb: \x07", "dev.yaml:2: the character U+0007 is not allowed in YAML"),
        (b"a: 1\nb: \xff", "dev.yaml:2: not UTF-8 text; allowed: a YAML file in UTF-8"),
    ],
)
def test_unusable_file_is_one_line(project: Path, content: str | bytes, line: str) -> None:
    [found] = faults(project, content)

    assert found.startswith(line)


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").touch()

    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path / "prd.yaml")

    place = tmp_path.as_posix()
    assert raised.value.lines == (
        f"{place}/prd.yaml: no such file; allowed: {place} has prod.yaml (did you mean this?)",
    )


def test_folder_instead_of_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"environment: dev": "environment: prod"}, '2: environment: "prod" is not the file\'s name; '),
        (
            {"image: containers/tabular": "image: containers/empty"},
            '11: training.image: "containers/empty" is not a folder with a Dockerfile; allowed: containers/tabular',
        ),
        (
            {"{minimum: 2, maximum: 4}": "{minimum: 5, maximum: 4}"},
            "21: serving.real_time.variants[0].instances.maximum: must be at least the minimum (5), got: 4",
        ),
        (
            {"name: Green": "name: Blue"},
            '23: serving.real_time.variants[1].name: must be unique, got twice: Blue',
        ),
        ({"weight: 1.0": "weight: 0"}, "18: serving.real_time.variants: must have at least one weight above 0"),
        (
            {"{minimum: 0, maximum: 3}": "{minimum: 4, maximum: 3}"},
            "40: serving.asynchronous.instances.maximum: must be at least the minimum (4), got: 3",
        ),
        (
            {"copies: {minimum: 1, maximum: 4}": "copies: {minimum: 5, maximum: 4}"},
            "50: serving.shared.components[1].copies.maximum: must be at least the minimum (5), got: 4",
        ),
        (
            {"{minimum: 2, maximum: 2}": "{minimum: 2, maximum: 3}"},
            "44: serving.multi_model.instances.maximum: 3 is never reached without the endpoint's scaling; all",
        ),
        ({"name: two": "name: one"}, '50: serving.shared.components[1].name: must be unique, got twice: one'),
        (
            {"{minimum: 1, maximum: 5}": "{minimum: 1, maximum: 21}"},
            "37: serving.serverless.provisioned.maximum: must be at most maximum_concurrency (20), got: 21",
        ),
        (
            {"    schedule: cron(0 3 * * ? *)": "    on_new_data: false"},
            "51: serving.batch_transform: nothing would ever start it; allowed: schedule, on_new_data: true, or both",
        ),
        (
            {"[sg-0123456789abcdef0]": "[sg-01234567, sg-01234567]"},
            '9: network.security_group_ids[1]: must be unique, got twice: sg-01234567',
        ),
    ],
)  # fmt: skip
def test_rule_between_settings(project: Path, changes: dict[str, str], line: str) -> None:
    text = VALID
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong, 1)

    [found] = faults(project, text)

    assert found.startswith(f"dev.yaml:{line}")


def test_range_needs_scaling(project: Path) -> None:
    text = VALID.replace("    scaling:\n      invocations_per_instance_per_minute: 600\n", "")

    assert [line.split(";")[0] for line in faults(project, text)] == [
        "dev.yaml:21: serving.real_time.variants[0].instances.maximum: "
        "4 is never reached without the endpoint's scaling",
        "dev.yaml:25: serving.real_time.variants[1].instances.maximum: "
        "4 is never reached without the endpoint's scaling",
    ]
    assert faults(project, text.replace("{minimum: 2, maximum: 4}", "{minimum: 2, maximum: 2}")) == []


def test_something_has_to_serve(project: Path) -> None:
    text = VALID.partition("  real_time:")[0]

    [found] = faults(project, text)

    assert found.startswith("dev.yaml:15: serving: nothing serves the model; allowed: at least one of real_time, ")
    assert faults(project, text + "  serverless: {}\n") == []


def test_rules_are_judged_beside_faults_of_the_same_list(project: Path) -> None:
    text = VALID.replace("name: Green", "name: Blue").replace("ml.c7i.large", "ml.c7i.larg", 1)

    assert [line.split(": ")[1] for line in faults(project, text)] == [
        "serving.real_time.variants[0].instance_type",
        "serving.real_time.variants[1].name",
    ]


def test_misspelled_section_is_checked_all_the_same(project: Path) -> None:
    text = VALID.replace("serving:", "servign:").replace("percent: 20", "percent: 101")

    assert [line.split(": ")[1] for line in faults(project, text)] == ["servign", "serving.real_time.capture.percent"]


def test_too_many_items_are_reported_beside_a_wrong_item(project: Path) -> None:
    groups = ", ".join(f"sg-0123456{number}" for number in range(6))
    text = VALID.replace("[sg-0123456789abcdef0]", f"[x, {groups}]")

    assert "network.security_group_ids" in {line.split(": ")[1] for line in faults(project, text)}


yaml_values = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=20)
    | some.sampled_from(["dev", "isolated", "imported", "ml.m5.large", "containers/tabular", "us-east-1"]),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(
            some.sampled_from(sorted(set(re.findall(r"(\w+):", VALID)))) | some.text(max_size=8), inner, max_size=6
        )
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(value=yaml_values)
@example(value={"[key]": None})
@example(value={"platform": "x" * 200})
@example(value={"x" * 200: "y"})
def test_any_yaml_value_gives_settings_or_lines(project: Path, value: object) -> None:
    faults(project, yaml.safe_dump(value, allow_unicode=True))


@settings(max_examples=100, deadline=None)
@given(value=some.dictionaries(some.sampled_from(list(yaml.safe_load(VALID))), yaml_values, max_size=3))
@example(value={"network": {"mode": {}}})
@example(value={"network": {"isolated": {"mode": "isolated"}}})
@example(value={"tags": {"[key]": []}})
@example(value={"tags": {"[key]": "fine"}})
def test_any_value_in_place_of_a_section_gives_settings_or_lines(project: Path, value: dict[str, object]) -> None:
    faults(project, yaml.safe_dump(yaml.safe_load(VALID) | value, allow_unicode=True))


@settings(max_examples=100, deadline=None)
@given(
    content=some.binary(max_size=60)
    | some.text(alphabet="ab:-[]{}&*!|>'\"%@`#,?~<\\ \t\n019.eU\u2028", max_size=60).map(str.encode),
    position=some.integers(min_value=0, max_value=len(VALID)),
)
def test_any_bytes_anywhere_give_settings_or_lines(project: Path, content: bytes, position: int) -> None:
    faults(project, content)
    faults(project, VALID[:position].encode() + content + VALID[position:].encode())
