"""Rules between the settings of serving: each is a small function that yields its faults."""

from collections.abc import Iterator

from sagemaker_constructs.core.instance_types import has_accelerators, has_local_storage
from sagemaker_constructs.observability.retained_logs import RETENTION_DAYS
from sagemaker_constructs.serving.transform.transform_requests import MOST_MEGABYTES, STANDARD_PAYLOAD
from stacks.settings.faults import Fault, shown
from stacks.settings.real_time import VariantSettings
from stacks.settings.serving import ServingSettings
from stacks.settings.valid_values import Rule, ValidValues
from stacks.settings.words import choice

WAYS = tuple(name for name in ServingSettings.model_fields if name not in ("image", "observability"))


def something_serves(values: ValidValues) -> Iterator[Fault]:
    """At least one way to serve is there."""
    serving = values.get("serving")
    if isinstance(serving, dict) and not any(way in serving for way in WAYS):
        yield Fault(("serving",), f"nothing serves the model; allowed: at least one of {', '.join(WAYS)}")


def names_are_unique(values: ValidValues) -> Iterator[Fault]:
    """Every variant, component and container has a name of its own; left out, the name counts as its default."""
    for what, section, default in (
        ("variant", ("real_time", "variants"), VariantSettings.model_fields["name"].default),
        ("component", ("shared", "components"), None),
        ("container", ("pipeline", "containers"), None),
        ("container", ("direct", "containers"), None),
    ):
        seen: set[str] = set()
        for index in values.indices("serving", *section):
            path = ("serving", *section, index, "name")
            name = values.get(*path, default=default)
            if name in seen:
                yield Fault(path, f"{shown(name)} names another {what} already; allowed: a name of its own")
            if isinstance(name, str):
                seen.add(name)


def some_variant_has_weight(values: ValidValues) -> Iterator[Fault]:
    """Traffic is shared by weight, so at least one weight is above 0."""
    path = ("serving", "real_time", "variants")
    weights = [values.get(*path, index, "weight", default=1.0) for index in values.indices(*path)]
    if weights and all(weight == 0 for weight in weights):
        yield Fault(path, "no variant has a weight above 0; allowed: at least one weight above 0")


def model_folders_exist(values: ValidValues) -> Iterator[Fault]:
    """Folders of models exist and hold a script."""
    scripts = sorted(values.project.glob("models/*/code/inference.py"))
    folders = [f"models/{script.parents[1].name}" for script in scripts]
    for way in ("pipeline", "direct"):
        containers = ("serving", way, "containers")
        for index in values.indices(*containers):
            path = (*containers, index, "model")
            folder = values.get(*path)
            if isinstance(folder, str) and folder not in folders:
                options = choice(folder, folders) or "none yet, models/ has no folder with code/inference.py"
                yield Fault(path, f"{shown(folder)} is not a folder with code/inference.py; allowed: {options}")


def rolling_has_one_variant(values: ValidValues) -> Iterator[Fault]:
    """A rolling update knows endpoints with one variant only."""
    path = ("serving", "real_time")
    variants = len(values.indices(*path, "variants"))
    if values.get(*path, "rollout", "mode") == "rolling" and variants > 1:
        yield Fault(
            (*path, "rollout", "mode"),
            f"rolling does not fit {variants} variants; allowed: all_at_once, canary or linear, or one variant",
        )


def volumes_are_on_network_disks(values: ValidValues) -> Iterator[Fault]:
    """Types with local disks take no storage volume."""
    variants = ("serving", "real_time", "variants")
    for index in values.indices(*variants):
        path = (*variants, index)
        kind = values.get(*path, "instance_type")
        if values.get(*path, "volume_gb") is not None and isinstance(kind, str) and has_local_storage(kind):
            yield Fault((*path, "volume_gb"), f"{kind} has local disks; allowed: left out, or a type without")


def accelerators_are_there(values: ValidValues) -> Iterator[Fault]:
    """Components ask for accelerators only where the instances have some."""
    kind = values.get("serving", "shared", "instance_type")
    components = ("serving", "shared", "components")
    for index in values.indices(*components):
        path = (*components, index, "accelerators")
        if values.get(*path) is not None and isinstance(kind, str) and not has_accelerators(kind):
            yield Fault(path, f"{kind} has no accelerators; allowed: left out, or an instance type with some")


def a_manifest_is_for_scheduled_runs(values: ValidValues) -> Iterator[Fault]:
    """A run on new data reads the file that arrived."""
    path = ("serving", "batch_transform")
    if (
        values.get(*path, "manifest")
        and not values.get(*path, "schedule")
        and (*path, "schedule") not in values.invalid
    ):
        yield Fault((*path, "manifest"), "nothing would ever read it; allowed: left out, or schedule beside it")


def batch_requests_within_memory(values: ValidValues) -> Iterator[Fault]:
    """Requests at one time may have 100 MB together."""
    path = ("serving", "batch_transform")
    concurrent = values.get(*path, "max_concurrent")
    payload = values.get(*path, "max_payload_mb", default=STANDARD_PAYLOAD)
    if isinstance(concurrent, int) and isinstance(payload, int) and concurrent * payload > MOST_MEGABYTES:
        yield Fault(
            (*path, "max_concurrent"),
            f"{concurrent} requests of {payload} MB are more than {MOST_MEGABYTES} MB; "
            f"allowed: a whole number up to {MOST_MEGABYTES // payload}",
        )


def a_batch_has_an_occasion(values: ValidValues) -> Iterator[Fault]:
    """A batch transform runs by the clock, on new data, or both."""
    path = ("serving", "batch_transform")
    occasions = [values.get(*path, name) for name in ("schedule", "on_new_data")]
    misread = any((*path, name) in values.invalid for name in ("schedule", "on_new_data"))
    if isinstance(values.get(*path), dict) and not any(occasions) and not misread:
        yield Fault(path, "nothing would ever start it; allowed: schedule, on_new_data: true, or both")


def logs_are_kept_for_known_days(values: ValidValues) -> Iterator[Fault]:
    """CloudWatch keeps logs for certain numbers of days only."""
    path = ("serving", "observability", "log_retention_days")
    days = values.get(*path)
    if isinstance(days, int) and days not in RETENTION_DAYS:
        known = ", ".join(map(str, RETENTION_DAYS))
        yield Fault(path, f"{days} is no number of days that CloudWatch knows; allowed: {known}")


SERVING_RULES: tuple[Rule, ...] = (
    something_serves,
    names_are_unique,
    some_variant_has_weight,
    model_folders_exist,
    rolling_has_one_variant,
    volumes_are_on_network_disks,
    accelerators_are_there,
    a_batch_has_an_occasion,
    a_manifest_is_for_scheduled_runs,
    batch_requests_within_memory,
    logs_are_kept_for_known_days,
)
