"""Bounds of something that Application Auto Scaling moves."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token


@dataclass(frozen=True)
class CapacityRange:
    """From ``minimum`` to ``maximum``; ``maximum`` defaults to no more than ``minimum``."""

    minimum: int
    maximum: int | None = None

    @property
    def limit(self) -> int:
        """The most that autoscaling may reach."""
        return self.minimum if self.maximum is None else self.maximum

    def problems(self, *, least: int = 1) -> Iterator[Problem]:
        """What AWS would refuse where at least ``least`` have to stay; ``maximum`` is at least 1."""
        if is_token(self.minimum) or is_token(self.limit):
            return
        if self.minimum < least:
            yield Problem("minimum", f"must be at least {least}, got: {self.minimum}")
        elif self.limit < self.minimum:
            yield Problem("maximum", f"must be at least the minimum ({self.minimum}), got: {self.limit}")
        elif self.limit < 1:
            yield Problem("maximum", f"must be at least 1, got: {self.limit}")
