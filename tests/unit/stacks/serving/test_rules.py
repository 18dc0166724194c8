"""Rules between the settings of serving: a file that keeps all of them, and what each one says when it is broken."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from stacks.settings import SettingsError, load_settings

VALID = """\
platform: ml-platform
environment: dev
region: eu-central-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  observability: {log_retention_days: 90, alarms: {memory_percent: 80}}
  real_time:
    model: {mode: package, arn: "arn:aws:sagemaker:eu-central-1:123456789012:model-package/churn/3", bucket: models}
    variants:
      - {name: One, instance_type: ml.g5.xlarge, instances: {minimum: 2, maximum: 4}}
    scaling:
      gpu_percent: 80
      remove_instances: false
      steps: [{above: 600, add: 1}, {above: 1200, add: 2}]
      schedules:
        - {name: day, when: "cron(0 7 * * ? *)", minimum: 2, maximum: 4}
        - {name: night, when: "cron(0 19 * * ? *)", time_zone: Europe/Berlin, minimum: 1, maximum: 1}
    capture: {percent: 5, csv_content_types: [], json_content_types: [application/json]}
    rollout: {mode: rolling}
  pipeline:
    instance_type: ml.c7i.large
    instances: {minimum: 1, maximum: 2}
    containers: [{name: prepare, model: models/fields}, {name: predict}]
    scaling: {schedules: [{name: day, when: "cron(0 7 * * ? *)", minimum: 2, maximum: 2}]}
  direct:
    instance_type: ml.c7i.large
    instances: {minimum: 2, maximum: 2}
    containers: [{name: first, model: models/fields}, {name: second, model: models/fields}]
  serverless:
    maximum_concurrency: 9
    provisioned: {minimum: 1, maximum: 5, schedules: [{name: day, when: rate(1 day), minimum: 1, maximum: 9}]}
    front_door: {streaming: true, web_acl: {requests_per_5_minutes: 10}}
  asynchronous:
    instance_type: ml.m6i.large
    instances: {minimum: 0, maximum: 3}
    backlog_per_instance: 5
    include_response: [success, error]
    schedules: [{name: night, when: rate(1 day), minimum: 0, maximum: 1}]
  shared:
    instance_type: ml.g5.xlarge
    instances: {minimum: 0, maximum: 2}
    components:
      - name: one
        memory_mb: 512
        accelerators: 1
        copies: {minimum: 0, maximum: 4}
        concurrency_per_copy: 4
        schedules: [{name: night, when: rate(1 day), minimum: 0, maximum: 1}]
  batch_transform:
    instance_type: ml.m5.large
    max_concurrent: 10
    max_payload_mb: 10
    schedule: at(2027-01-01T00:00:00)
    manifest: batch/manifest.json
"""
SECOND_VARIANT = "\n      - {name: Two, instance_type: ml.g5.xlarge, instances: {minimum: 2, maximum: 2}}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project")
    for file in ("containers/tabular/Dockerfile", "models/fields/code/inference.py", "models/empty/code/other.py"):
        (path / file).parent.mkdir(parents=True)
        (path / file).write_text("")
    (path / "config").mkdir()
    return path


def faults(project: Path, text: str) -> list[str]:
    """Each fault as its place and what is wrong with it."""
    file = project / "config" / "dev.yaml"
    file.write_text(text)
    try:
        load_settings(file, project=project)
    except SettingsError as error:
        return [line.split(": ", 1)[1] for line in error.lines]
    return []


def test_a_file_that_keeps_every_rule_has_no_fault(project: Path) -> None:
    assert faults(project, VALID) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("gpu_percent: 80", "cpu_percent: 0", "serving.real_time.scaling.cpu_percent: 0 is not allowed; allowed: a"),
        ("model-package/churn/3", "model/churn", "serving.real_time.model.arn: "),
        ("mode: package", "mode: packge", 'serving.real_time.model.mode: "packge" is not a model source; allowed: '),
        (
            "ml.g5.xlarge, ins",
            "ml.c7i.large, ins",
            "serving.real_time.scaling.gpu_percent: needs an instance type with GPUs, got: ml.c7i.large",
        ),
        (
            "      gpu_percent: 80\n",
            "",
            "serving.real_time.scaling.steps: nothing would remove what steps add; allowed: one of invocations_per_",
        ),
        (
            'schedules: [{name: day, when: "cron(0 7 * * ? *)", minimum: 2, maximum: 2}]',
            "remove_instances: true",
            "serving.pipeline.scaling: nothing would ever scale; allowed: invocations_per_instance_per_minute, ",
        ),
        ("above: 1200", "above: 600", "serving.real_time.scaling.steps[1].above: must be unique, got twice: 600"),
        (
            "name: night, when",
            "name: day, when",
            "serving.real_time.scaling.schedules[1].name: must be unique, got twice: day",
        ),
        (
            "minimum: 2, maximum: 4}\n        - ",
            "minimum: 0, maximum: 4}\n        - ",
            "serving.real_time.scaling.schedules[0].minimum: must be at least 1, got: 0",
        ),
        (
            "minimum: 1, maximum: 9",
            "minimum: 0, maximum: 9",
            "serving.serverless.provisioned.schedules[0].minimum: must be at least 1, got: 0",
        ),
        (
            "minimum: 1, maximum: 9",
            "minimum: 1, maximum: 10",
            "serving.serverless.provisioned.schedules[0].maximum: must be at most maximum_concurrency (9), got: 10",
        ),
        (
            "minimum: 2, maximum: 4}\n        - ",
            "minimum: 5, maximum: 4}\n        - ",
            "serving.real_time.scaling.schedules[0].maximum: must be at least the minimum (5), got: 4",
        ),
        (
            "instances: {minimum: 2, maximum: 2}",
            "instances: {minimum: 2, maximum: 3}",
            "serving.direct.instances.maximum: 3 is never reached without the endpoint's scaling",
        ),
        (
            "maximum: 4}}\n",
            f"maximum: 4}}}}{SECOND_VARIANT}\n",
            "serving.real_time.rollout.mode: is refused by AWS: A rolling deployment does not support endpoints",
        ),
        (
            "maximum: 4}}\n",
            "maximum: 4}, volume_gb: 50}\n",
            "serving.real_time.variants[0].volume_gb: must be left out for an instance type with local disks",
        ),
        (
            "name: predict}",
            "name: prepare}",
            "serving.pipeline.containers[1].name: must be unique, got twice: prepare",
        ),
        (
            "name: prepare, model: models/fields",
            "name: prepare, model: models/empty",
            'serving.pipeline.containers[0].model: "models/empty" is not a folder with code/inference.py; '
            "allowed: models/fields",
        ),
        (
            "instance_type: ml.m6i.large\n",
            "instance_type: ml.m6i.large\n    rollout: {mode: canary}\n",
            "serving.asynchronous.rollout.mode: is refused by AWS: A canary, a linear step and a rolling batch are",
        ),
        (
            "eu-central-1:123456789012:model-package/churn/3",
            "eu-central-1:446921602837:model-package/churn/3",
            "serving.real_time.rollout.mode: must be an AllAtOnceRollout for a package of the Marketplace, got: One",
        ),
        (", {name: predict}]", "]", "serving.pipeline.containers: a list with 1 item is not allowed"),
        (
            "instance_type: ml.g5.xlarge\n",
            "instance_type: ml.c7i.xlarge\n",
            "serving.shared.components[0].accelerators: must be left out for an instance type without acc",
        ),
        (
            "schedule: at(2027-01-01T00:00:00)",
            "on_new_data: true",
            "serving.batch_transform.manifest: nothing would ever read it; allowed: left out, or schedule beside it",
        ),
        (
            "max_concurrent: 10",
            "max_concurrent: 11",
            "serving.batch_transform.max_concurrent: is refused by AWS: MaxConcurrentTransforms times MaxPayloadInMB",
        ),
        (
            "    max_concurrent: 10\n    max_payload_mb: 10\n",
            "    max_concurrent: 17\n",
            "serving.batch_transform.max_concurrent: is refused by AWS: MaxConcurrentTransforms times MaxPayloadInMB",
        ),
        ("[application/json]", "[application]", "serving.real_time.capture.json_content_types[0]: "),
        (
            "log_retention_days: 90",
            "log_retention_days: 91",
            "serving.observability.log_retention_days: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120,",
        ),
        ("percent: 80}}", "percent: 101}}", "serving.observability.alarms.memory_percent: 101 is not allowed"),
        ("minutes: 10}", "minutes: 9}", "serving.serverless.front_door.web_acl.requests_per_5_minutes: 9 is not "),
    ],
)
def test_a_broken_rule_is_one_fault(project: Path, right: str, wrong: str, said: str) -> None:
    assert right in VALID

    [found] = faults(project, VALID.replace(right, wrong, 1))

    assert found.startswith(said)


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every mapping, list and value below ``value``."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(cast(dict[str | int, object], value).items())
    elif isinstance(value, list):
        inner = list(enumerate(cast(list[object], value)))
    for part, each in inner:
        yield (*path, part)
        yield from _places(each, (*path, part))


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


@pytest.mark.parametrize("path", list(_places(yaml.safe_load(VALID))), ids=_dotted)
def test_what_cannot_be_read_breaks_no_rule_besides(project: Path, path: tuple[str | int, ...]) -> None:
    content = yaml.safe_load(VALID)
    around: Any = content
    for part in path[:-1]:
        around = around[part]
    around[path[-1]] = [[deepcopy(around[path[-1]])]]

    found = faults(project, yaml.safe_dump(content))

    assert found
    assert [line for line in found if not line.startswith(_dotted(path))] == []
