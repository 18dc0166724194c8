"""What a rule is: a class in a module of its own, which is found by being there."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource

Told = tuple[str, object]
"""The path of a property, and what was received there."""

Resources = Mapping[str, Mapping[str, Any]]
"""Resources of a template, by logical id."""

SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide"
CONTROLS = f"{SECURITY_HUB}/sagemaker-controls.html"
GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"
IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"


class PolicyRule(ABC):
    """A rule: its docstring is the statement, in one sentence as AWS would write it.

    ``ids`` name it, by the type of resource that it judges: Security Hub's control where there is one, and otherwise
    the same name for all its types. The type of a job, which is no resource, is its call (``CreateTrainingJob``).

    ``page`` is where AWS states it, ``fix`` what to do.
    ``compliant`` and ``broken`` are the resources of two templates; the rule finds something in the second alone.
    ``production_only`` rules say nothing at ``Level.DEV``. ``opt_in`` rules are asked for by their identifiers.
    """

    ids: ClassVar[Mapping[str, str]]
    page: ClassVar[str]
    fix: ClassVar[str]
    compliant: ClassVar[Resources]
    broken: ClassVar[Resources]
    production_only: ClassVar[bool] = False
    opt_in: ClassVar[bool] = False

    @abstractmethod
    def check(self, subject: TemplateResource) -> Iterable[Told]:
        """Each property of ``subject`` that breaks the rule."""

    @property
    def statement(self) -> str:
        """What the rule requires."""
        return " ".join((self.__doc__ or "").split("\n\n")[0].split())

    @property
    def subject(self) -> str:
        """The room of rules that it belongs to."""
        return type(self).__module__.split(".")[-2]


def resource(kind: str, properties: Mapping[str, Any] | None = None, **beside: Any) -> Mapping[str, Any]:
    """A resource of a template: its type, properties, and what stands beside these, such as ``DeletionPolicy``."""
    return {"Type": kind, "Properties": properties or {}, **beside}


@cache
def policy_rules() -> tuple[PolicyRule, ...]:
    """Every rule, by subject and name."""
    package = f"{__name__.rpartition('.')[0]}.rules"
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)
    found = [each() for each in PolicyRule.__subclasses__() if each.__module__.startswith(f"{package}.")]
    return tuple(sorted(found, key=lambda each: (each.subject, type(each).__name__)))
