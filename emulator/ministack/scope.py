"""Whose resources a request sees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The account and region a request speaks for."""

    account: str
    region: str
