"""Rules between settings: each is a small function that yields its faults and reads valid values only."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stacks.settings.faults import Fault, KeyPath, shown
from stacks.settings.models import VariantSettings
from stacks.settings.words import choice


@dataclass(frozen=True)
class ValidValues:
    """The values of a file that passed their own checks; a rule judges nothing that is wrong already."""

    data: object
    invalid: Collection[KeyPath]
    file: Path
    project: Path

    def get(self, *path: str | int, default: object = None) -> Any:
        """Return a value, `default` if the file leaves it out, None if it is invalid."""
        if any(path[: len(broken)] == broken for broken in self.invalid):
            return None
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def indices(self, *path: str | int) -> range:
        """Return the positions of a list's items, none if it is not a list."""
        value = self.get(*path)
        return range(len(cast(tuple[object, ...], value))) if isinstance(value, tuple) else range(0)


def environment_is_file_name(values: ValidValues) -> Iterator[Fault]:
    """`environment` repeats the file's name, so that a copied file cannot deploy over another environment."""
    environment = values.get("environment")
    if isinstance(environment, str) and environment != values.file.stem:
        yield Fault(("environment",), f"{shown(environment)} is not the file's name; allowed: {values.file.stem}")


def images_exist(values: ValidValues) -> Iterator[Fault]:
    """Image folders exist and hold a Dockerfile."""
    folders = sorted(f"containers/{path.parent.name}" for path in values.project.glob("containers/*/Dockerfile"))
    for path in (("training", "image"), ("serving", "image")):
        image = values.get(*path)
        if isinstance(image, str) and image not in folders:
            options = choice(image, folders) or "none yet, containers/ has no folder with a Dockerfile"
            yield Fault(path, f"{shown(image)} is not a folder with a Dockerfile; allowed: {options}")


def instances_are_ordered(values: ValidValues) -> Iterator[Fault]:
    """A variant's minimum does not exceed its maximum."""
    for index, minimum, maximum in _instance_ranges(values):
        if minimum > maximum:
            yield Fault(
                ("serving", "variants", index, "instances", "maximum"),
                f"{maximum} is below the minimum; allowed: a whole number of at least {minimum}",
            )


def fixed_instances_without_scaling(values: ValidValues) -> Iterator[Fault]:
    """Without autoscaling nothing would ever use a maximum above the minimum."""
    if values.get("serving", "scaling") is not None or ("serving", "scaling") in values.invalid:
        return
    for index, minimum, maximum in _instance_ranges(values):
        if minimum < maximum:
            yield Fault(
                ("serving", "variants", index, "instances", "maximum"),
                f"{maximum} is never reached without serving.scaling; allowed: {minimum}, or set serving.scaling",
            )


def variant_names_are_unique(values: ValidValues) -> Iterator[Fault]:
    """Every variant has a name of its own; left out, the name counts as its default."""
    seen: set[str] = set()
    for index in values.indices("serving", "variants"):
        path = ("serving", "variants", index, "name")
        name = values.get(*path, default=VariantSettings.model_fields["name"].default)
        if name in seen:
            yield Fault(path, f"{shown(name)} names another variant already; allowed: a name of its own")
        if isinstance(name, str):
            seen.add(name)


def some_variant_has_weight(values: ValidValues) -> Iterator[Fault]:
    """Traffic is shared by weight, so at least one weight is above 0."""
    path = ("serving", "variants")
    weights = [values.get(*path, index, "weight", default=1.0) for index in values.indices(*path)]
    if weights and all(weight == 0 for weight in weights):
        yield Fault(path, "no variant has a weight above 0; allowed: at least one weight above 0")


def imported_items_are_unique(values: ValidValues) -> Iterator[Fault]:
    """An imported network names each subnet and security group once."""
    for key in ("subnet_ids", "security_group_ids"):
        seen: set[str] = set()
        for index in values.indices("network", key):
            item = values.get("network", key, index)
            if isinstance(item, str) and item in seen:
                yield Fault(("network", key, index), f"{shown(item)} stands twice; allowed: each item once")
            elif isinstance(item, str):
                seen.add(item)


RULES: tuple[Callable[[ValidValues], Iterator[Fault]], ...] = (
    environment_is_file_name,
    images_exist,
    instances_are_ordered,
    fixed_instances_without_scaling,
    variant_names_are_unique,
    some_variant_has_weight,
    imported_items_are_unique,
)


def _instance_ranges(values: ValidValues) -> Iterator[tuple[int, int, int]]:
    for index in values.indices("serving", "variants"):
        limits = [values.get("serving", "variants", index, "instances", key) for key in ("minimum", "maximum")]
        if all(isinstance(limit, int) for limit in limits):
            yield index, limits[0], limits[1]
