"""The error of everything that runs containers."""

from __future__ import annotations


class DataPlaneError(Exception):
    """A container cannot do what was asked; the message is the reason a person reads."""
