"""Rules between settings, other than those of serving: each is a small function that yields its faults."""

from collections.abc import Iterator

from stacks.settings.faults import Fault, shown
from stacks.settings.valid_values import Rule, ValidValues
from stacks.settings.words import choice


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


RULES: tuple[Rule, ...] = (
    environment_is_file_name,
    images_exist,
    imported_items_are_unique,
)
