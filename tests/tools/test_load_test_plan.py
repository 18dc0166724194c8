"""Which concurrency comes next, and what follows from the best step."""

import pytest

from tools.load_test.plan import Goal, Step, next_users, peak, per_instance_per_minute

GOAL = Goal(95, 100)


def _step(users: int, latency_ms: float, failures: int = 0, requests: int = 1000) -> Step:
    return Step(users, seconds=10, requests=requests, failures=failures, median_ms=1, latency_ms=latency_ms)


def _climb(limit: int, most: int) -> list[int]:
    """The concurrencies that are tried where the goal is met up to ``limit``."""
    steps: list[Step] = []
    while (users := next_users(steps, GOAL, most)) is not None:
        steps.append(_step(users, 100 if users <= limit else 101))
    return [step.users for step in steps]


def test_it_grows_by_half_and_closes_in_on_the_limit() -> None:
    assert _climb(limit=20, most=256) == [1, 2, 3, 4, 6, 9, 13, 19, 28, 23, 21, 20]


def test_it_stops_at_the_most_that_is_allowed() -> None:
    assert _climb(limit=99, most=10) == [1, 2, 3, 4, 6, 9, 10]


def test_it_stops_at_once_where_one_request_at_a_time_is_too_much() -> None:
    assert _climb(limit=0, most=256) == [1]


@pytest.mark.parametrize(
    ("step", "met"),
    [
        (_step(1, 100), True),
        (_step(1, 100.1), False),
        (_step(1, 1, failures=10), True),
        (_step(1, 1, failures=11), False),
        (_step(1, 0, requests=0), False),
    ],
)
def test_late_failed_and_missing_answers_miss_the_goal(step: Step, met: bool) -> None:
    assert step.meets(GOAL) == met


def test_the_peak_is_the_highest_rate_within_the_goal() -> None:
    fast = _step(8, 90, requests=900)
    steps = [_step(4, 50, requests=500), fast, _step(12, 99, requests=880), _step(18, 300, requests=950)]
    assert peak(steps, GOAL) is fast
    assert peak(steps[-1:], GOAL) is None


def test_failed_requests_are_no_part_of_the_rate() -> None:
    assert _step(1, 1, failures=10).rate == 99


@pytest.mark.parametrize(("rate", "setting"), [(20.0, 600), (61.75, 1852), (0.05, 1), (0.001, 0.03)])
def test_the_setting_follows_the_formula_of_aws(rate: float, setting: float) -> None:
    assert per_instance_per_minute(rate) == setting
