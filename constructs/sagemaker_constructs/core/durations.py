"""Durations, each converted once: every conversion crosses over to the CDK's own process."""

from functools import cache
from typing import cast
from weakref import WeakKeyDictionary

from aws_cdk import Duration

from sagemaker_constructs.core.tokens import is_token

_MILLISECONDS: "WeakKeyDictionary[Duration, float | None]" = WeakKeyDictionary()


@cache
def minutes(amount: int) -> Duration:
    """``amount`` minutes, the same object each time: what defaults are made of."""
    return _remembered(Duration.minutes(amount), amount, 60_000)


@cache
def seconds(amount: int) -> Duration:
    """``amount`` seconds, the same object each time."""
    return _remembered(Duration.seconds(amount), amount, 1_000)


@cache
def days(amount: int) -> Duration:
    """``amount`` days, the same object each time."""
    return _remembered(Duration.days(amount), amount, 86_400_000)


def _remembered(duration: Duration, amount: int, milliseconds: int) -> Duration:
    if not is_token(amount):
        _MILLISECONDS[duration] = amount * milliseconds
    return duration


def milliseconds_of(duration: Duration) -> float | None:
    """``duration`` in milliseconds; None where it is only known at deployment."""
    if duration not in _MILLISECONDS:
        try:
            _MILLISECONDS[duration] = duration.to_milliseconds()
        except RuntimeError:
            # The CDK refuses to convert what is only known at deployment.
            _MILLISECONDS[duration] = None
    return _MILLISECONDS[duration]


def seconds_of(duration: Duration) -> int:
    """``duration`` in whole seconds, as APIs take them, or the token that stands for them."""
    known = milliseconds_of(duration)
    whole = duration.to_seconds() if known is None or known % 1000 else known / 1000
    return cast(int, whole) if is_token(whole) else int(whole)
