"""What a check is: a class in a module of its own, which is found by being there."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import ClassVar

from sagemaker_constructs.doctor.account import Account
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment


class CheckState(StrEnum):
    """What came of a look."""

    FINE = "fine"
    WRONG = "wrong"
    """The deployment, or what it is for, would fail."""
    UNSEEN = "unseen"
    """It could not be looked at; the message says why."""


@dataclass(frozen=True)
class CheckResult:
    """One row: what was looked at, and what came of it. ``remedy`` is the command or the page that mends it.

    ``check`` is the title of the check, ``region`` where it was made; empty for what has no region.
    """

    check: str
    region: str
    subject: str
    state: CheckState
    message: str = ""
    remedy: str = ""


class Check(ABC):
    """A subject that is looked at in an account and region, or on this machine.

    ``place`` orders the checks, ``title`` is what their rows stand under. A check whose subject an account has in
    common, or that this machine decides, is made once and not in each region (``once``). ``opt_in`` checks write into
    the account, and are made when they are asked for.
    """

    title: ClassVar[str]
    place: ClassVar[int]
    once: ClassVar[bool] = False
    opt_in: ClassVar[bool] = False

    @abstractmethod
    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row; raises ``NotSeen`` for what could not be looked at, which ends the check."""

    def fine(self, account: Account, subject: str, message: str = "") -> CheckResult:
        """A row of what is as it should be."""
        return self._row(account, subject, CheckState.FINE, message)

    def wrong(self, account: Account, subject: str, message: str, remedy: str) -> CheckResult:
        """A row of what has to be mended first."""
        return self._row(account, subject, CheckState.WRONG, message, remedy)

    def unseen(self, account: Account, subject: str, why: object, remedy: str = "") -> CheckResult:
        """A row of what could not be looked at."""
        return self._row(account, subject, CheckState.UNSEEN, str(why), remedy)

    def _row(self, account: Account, subject: str, state: CheckState, message: str, remedy: str = "") -> CheckResult:
        return CheckResult(self.title, "" if self.once else account.region, subject, state, message, remedy)


@cache
def checks() -> tuple[Check, ...]:
    """Every check, in their order."""
    package = f"{__name__.rpartition('.')[0]}.checks"
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)
    return tuple(sorted((each() for each in Check.__subclasses__()), key=lambda check: check.place))
