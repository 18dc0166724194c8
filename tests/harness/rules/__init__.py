"""For each entry of the catalogue of AWS's rules, what breaks it and what just does not."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from harness.rules.case import RuleCase


@cache
def rule_cases() -> Mapping[str, RuleCase]:
    """The cases of all modules of this package and its rooms, by the identifier of their rule."""
    found: dict[str, RuleCase] = {}
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        cases: Mapping[str, RuleCase] = getattr(importlib.import_module(module.name), "CASES", {})
        twice = found.keys() & cases.keys()
        assert not twice, f"{module.name} has cases that another module has too: {twice}"
        found.update(cases)
    return found
