from typing import cast

import pytest
from aws_cdk import CfnParameter, Duration, Stack

from sagemaker_constructs.core import durations
from sagemaker_constructs.core.durations import milliseconds_of, seconds_of


@pytest.mark.parametrize(
    ("made", "milliseconds"),
    [
        (durations.seconds(1), 1_000),
        (durations.minutes(15), 900_000),
        (durations.days(90), 7_776_000_000),
        (Duration.millis(1500), 1_500),
        (Duration.hours(2), 7_200_000),
        (Duration.seconds(0), 0),
        (Duration.minutes(0.5), 30_000),
    ],
)
def test_milliseconds(made: Duration, milliseconds: float) -> None:
    assert milliseconds_of(made) == milliseconds == made.to_milliseconds()


def test_seconds() -> None:
    assert seconds_of(Duration.minutes(50)) == 3000
    assert seconds_of(Duration.days(1)) == 86_400
    assert seconds_of(Duration.seconds(0)) == 0


def test_parts_of_a_second_are_refused_as_the_cdk_refuses_them() -> None:
    with pytest.raises(RuntimeError, match="cannot be converted into a whole number of seconds"):
        seconds_of(Duration.millis(1500))


def test_defaults_are_made_once() -> None:
    for make in (durations.seconds, durations.minutes, durations.days):
        assert make(7) is make(7)
        assert make(7) is not make(8)


def test_a_duration_is_converted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    duration = Duration.minutes(3)
    assert seconds_of(duration) == 180
    monkeypatch.setattr(Duration, "to_milliseconds", None)
    monkeypatch.setattr(Duration, "is_unresolved", None)
    assert (milliseconds_of(duration), seconds_of(duration)) == (180_000, 180)


def test_what_is_known_at_deployment_only_stays_a_token(stack: Stack) -> None:
    parameter = CfnParameter(stack, "Seconds", type="Number")
    duration = Duration.seconds(parameter.value_as_number)
    assert milliseconds_of(duration) is None
    assert stack.resolve(seconds_of(duration)) == {"Ref": "Seconds"}


def test_an_amount_that_is_known_at_deployment_only_has_no_milliseconds() -> None:
    amount = CfnParameter(Stack(), "Minutes", type="Number").value_as_number
    assert milliseconds_of(durations.minutes(cast(int, amount))) is None
