"""Rules between the settings of serving: each is a small function that yields its faults."""

from collections.abc import Iterator

from stacks.settings.faults import Fault, KeyPath, shown
from stacks.settings.serving import ServerlessSettings, ServingSettings, VariantSettings
from stacks.settings.valid_values import Rule, ValidValues

WAYS = tuple(name for name in ServingSettings.model_fields if name != "image")


def something_serves(values: ValidValues) -> Iterator[Fault]:
    """At least one way to serve is there."""
    serving = values.get("serving")
    if isinstance(serving, dict) and not any(way in serving for way in WAYS):
        yield Fault(("serving",), f"nothing serves the model; allowed: at least one of {', '.join(WAYS)}")


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
    for way in ("real_time", "multi_model"):
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


def names_are_unique(values: ValidValues) -> Iterator[Fault]:
    """Every variant and every component has a name of its own; left out, the name counts as its default."""
    for what, section, default in (
        ("variant", ("real_time", "variants"), VariantSettings.model_fields["name"].default),
        ("component", ("shared", "components"), None),
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


def warm_containers_within_concurrency(values: ValidValues) -> Iterator[Fault]:
    """No more containers are kept warm than may run at one time."""
    path = ("serving", "serverless", "provisioned", "maximum")
    warm = values.get(*path)
    default = ServerlessSettings.model_fields["maximum_concurrency"].default
    allowed = values.get("serving", "serverless", "maximum_concurrency", default=default)
    if isinstance(warm, int) and isinstance(allowed, int) and warm > allowed:
        yield Fault(path, f"{warm} is above maximum_concurrency; allowed: a whole number up to {allowed}")


def a_batch_has_an_occasion(values: ValidValues) -> Iterator[Fault]:
    """A batch transform runs by the clock, on new data, or both."""
    path = ("serving", "batch_transform")
    occasions = [values.get(*path, name) for name in ("schedule", "on_new_data")]
    misread = any((*path, name) in values.invalid for name in ("schedule", "on_new_data"))
    if isinstance(values.get(*path), dict) and not any(occasions) and not misread:
        yield Fault(path, "nothing would ever start it; allowed: schedule, on_new_data: true, or both")


SERVING_RULES: tuple[Rule, ...] = (
    something_serves,
    ranges_are_ordered,
    fixed_instances_without_scaling,
    names_are_unique,
    some_variant_has_weight,
    warm_containers_within_concurrency,
    a_batch_has_an_occasion,
)


def _ranges(values: ValidValues) -> Iterator[tuple[KeyPath, int, int]]:
    for path, mapping in values.mappings():
        if path[:1] == ("serving",) and {"minimum", "maximum"} <= mapping.keys():
            limits = [values.get(*path, key) for key in ("minimum", "maximum")]
            if all(isinstance(limit, int) for limit in limits):
                yield path, limits[0], limits[1]
