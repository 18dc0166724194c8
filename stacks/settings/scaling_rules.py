"""Rules of autoscaling: each is a small function that yields its faults."""

from collections.abc import Iterator

from sagemaker_constructs.core.instance_types import processor_problem
from stacks.settings.faults import Fault, KeyPath, shown
from stacks.settings.scaling import TARGETS
from stacks.settings.serving import ServerlessSettings
from stacks.settings.valid_values import Rule, ValidValues

FLEETS = ("real_time", "multi_model", "pipeline", "direct")
"""The ways whose instances `scaling` moves."""
_SLEEPERS = (("serving", "asynchronous"), ("serving", "shared"))


def ranges_are_ordered(values: ValidValues) -> Iterator[Fault]:
    """The minimum of a range does not exceed its maximum."""
    for path, minimum, maximum in _ranges(values):
        if minimum > maximum:
            yield Fault(
                (*path, "maximum"),
                f"{maximum} is below the minimum; allowed: a whole number of at least {minimum}",
            )


def fixed_instances_without_scaling(values: ValidValues) -> Iterator[Fault]:
    """Without autoscaling nothing would ever use a maximum above the minimum."""
    for way in FLEETS:
        scaling = ("serving", way, "scaling")
        if values.get(*scaling) is not None or scaling in values.invalid:
            continue
        for path, minimum, maximum in _ranges(values):
            if path[:2] == scaling[:2] and minimum < maximum:
                yield Fault(
                    (*path, "maximum"),
                    f"{maximum} is never reached without serving.{way}.scaling; "
                    f"allowed: {minimum}, or set serving.{way}.scaling",
                )


def scaling_has_a_driver(values: ValidValues) -> Iterator[Fault]:
    """Scaling goes by a target or by the clock; steps alone would add instances and never remove one."""
    for way in FLEETS:
        path = ("serving", way, "scaling")
        if not isinstance(values.get(*path), dict) or any((*path, key) in values.invalid for key in TARGETS):
            continue
        if any(values.get(*path, target) is not None for target in TARGETS):
            continue
        if values.get(*path, "steps"):
            yield Fault(
                (*path, "steps"), f"nothing would remove what steps add; allowed: one of {', '.join(TARGETS)} beside"
            )
        elif not values.get(*path, "schedules") and (*path, "schedules") not in values.invalid:
            yield Fault(path, f"nothing would ever scale; allowed: {', '.join(TARGETS)} or schedules")


def steps_differ(values: ValidValues) -> Iterator[Fault]:
    """Every step begins above another value."""
    for way in FLEETS:
        path = ("serving", way, "scaling", "steps")
        seen: set[int] = set()
        for index in values.indices(*path):
            above = values.get(*path, index, "above")
            if above in seen:
                yield Fault((*path, index, "above"), f"{above} begins another step already; allowed: another value")
            if isinstance(above, int):
                seen.add(above)


def schedules_have_names(values: ValidValues) -> Iterator[Fault]:
    """Every schedule of a list has a name of its own."""
    for path in _schedules(values):
        seen: set[str] = set()
        for index in values.indices(*path):
            name = values.get(*path, index, "name")
            if name in seen:
                yield Fault(
                    (*path, index, "name"),
                    f"{shown(name)} names another schedule already; allowed: a name of its own",
                )
            if isinstance(name, str):
                seen.add(name)


def schedules_keep_something(values: ValidValues) -> Iterator[Fault]:
    """Only asynchronous endpoints and components may sleep."""
    for path in _schedules(values):
        for index in values.indices(*path):
            if path[:2] not in _SLEEPERS and values.get(*path, index, "minimum") == 0:
                yield Fault(
                    (*path, index, "minimum"), "0 leaves nothing that answers; allowed: a whole number from 1 on"
                )


def warm_containers_within_concurrency(values: ValidValues) -> Iterator[Fault]:
    """No more containers are kept warm than may run at one time, at any hour."""
    provisioned = ("serving", "serverless", "provisioned")
    default = ServerlessSettings.model_fields["maximum_concurrency"].default
    allowed = values.get("serving", "serverless", "maximum_concurrency", default=default)
    scheduled = [(*provisioned, "schedules", index) for index in values.indices(*provisioned, "schedules")]
    for path in (provisioned, *scheduled):
        warm = values.get(*path, "maximum")
        if isinstance(warm, int) and isinstance(allowed, int) and warm > allowed:
            yield Fault(
                (*path, "maximum"), f"{warm} is above maximum_concurrency; allowed: a whole number up to {allowed}"
            )


def gpus_are_there(values: ValidValues) -> Iterator[Fault]:
    """Scaling by the use of GPUs needs an instance type with GPUs."""
    for way in FLEETS:
        target = ("serving", way, "scaling", "gpu_percent")
        if values.get(*target) is None:
            continue
        variants = ("serving", way, "variants")
        for path in [(*variants, index) for index in values.indices(*variants)] or [("serving", way)]:
            kind = values.get(*path, "instance_type")
            if isinstance(kind, str) and processor_problem("", "gpu", kind):
                yield Fault(target, f"{kind} has no GPUs; allowed: an instance type with GPUs, or cpu_percent")


SCALING_RULES: tuple[Rule, ...] = (
    ranges_are_ordered,
    fixed_instances_without_scaling,
    scaling_has_a_driver,
    steps_differ,
    schedules_have_names,
    schedules_keep_something,
    warm_containers_within_concurrency,
    gpus_are_there,
)


def _ranges(values: ValidValues) -> Iterator[tuple[KeyPath, int, int]]:
    for path, mapping in values.mappings():
        if path[:1] == ("serving",) and {"minimum", "maximum"} <= mapping.keys():
            limits = [values.get(*path, key) for key in ("minimum", "maximum")]
            if all(isinstance(limit, int) for limit in limits):
                yield path, limits[0], limits[1]


def _schedules(values: ValidValues) -> Iterator[KeyPath]:
    for path, mapping in values.mappings():
        if path[:1] == ("serving",) and isinstance(mapping.get("schedules"), tuple):
            yield (*path, "schedules")
