"""Locust against InvokeEndpoint: users that ask again as soon as they are answered, in steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import boto3
from botocore.config import Config
from locust import LoadTestShape, User, task
from locust.env import Environment

from tools.load_test.plan import Goal, Step, next_users

_SETTLING_SECONDS = 1.0
_SPAWNED_PER_SECOND = 100
_ANSWER_SECONDS = 70

Request = dict[str, Any]


@dataclass(frozen=True)
class Measurement:
    """All steps, what failed last (empty when nothing did), and whether this machine was busy itself."""

    steps: Sequence[Step]
    last_failure: str
    busy: bool


def measure(
    request: Request, goal: Goal, *, step_seconds: float, most_users: int, tell: Callable[[Step], None]
) -> Measurement:
    """Send ``request`` (arguments of InvokeEndpoint) with growing concurrency; ``tell`` receives each step."""
    # No retries: what is measured is one request, and a second one would hide that the first failed.
    client: Any = cast(Any, boto3).client(
        "sagemaker-runtime",
        config=Config(
            retries={"total_max_attempts": 1}, max_pool_connections=most_users, read_timeout=_ANSWER_SECONDS
        ),
    )

    class Caller(_Caller):
        call = staticmethod(lambda: client.invoke_endpoint(**request)["Body"].read())

    shape = _Steps(goal, step_seconds, most_users, tell)
    environment = Environment(user_classes=[Caller], shape_class=shape, catch_exceptions=False)
    runner: Any = environment.create_local_runner()
    shape.runner = runner
    runner.start_shape()
    if runner.shape_greenlet is not None:
        runner.shape_greenlet.join()
    runner.quit()
    return Measurement(shape.steps, shape.last_failure, runner.cpu_warning_emitted)


class _Caller(User):
    abstract = True
    call: Callable[[], bytes]

    @task
    def invoke(self) -> None:
        started = time.perf_counter()
        failure: Exception | None = None
        size = 0
        try:
            size = len(self.call())
        except Exception as error:
            failure = error
        cast(Any, self.environment).events.request.fire(
            request_type="POST",
            name="InvokeEndpoint",
            response_time=(time.perf_counter() - started) * 1000,
            response_length=size,
            exception=failure,
            context={},
        )


class _Steps(LoadTestShape):
    def __init__(self, goal: Goal, step_seconds: float, most_users: int, tell: Callable[[Step], None]) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.steps: list[Step] = []
        self.last_failure = ""
        self._goal = goal
        self._step_seconds = step_seconds
        self._most_users = most_users
        self._tell = tell
        self._users = next_users([], goal, most_users)
        self._changed: float | None = None
        self._measured: float | None = None

    def tick(self) -> tuple[int, float] | None:
        now = time.perf_counter()
        if self._changed is None:
            self._changed = now
        elif self._measured is None:
            if now - self._changed >= _SETTLING_SECONDS:
                self._measured = now
                self._statistics.reset_all()
        elif now - self._measured >= self._step_seconds:
            self._take(now - self._measured)
            self._changed, self._measured = now, None
        return None if self._users is None else (self._users, _SPAWNED_PER_SECOND)

    @property
    def _statistics(self) -> Any:
        assert self.runner is not None
        return self.runner.environment.stats

    def _take(self, seconds: float) -> None:
        total = self._statistics.total
        step = Step(
            users=self._users or 0,
            seconds=seconds,
            requests=total.num_requests,
            failures=total.num_failures,
            median_ms=float(total.get_response_time_percentile(0.5) or 0),
            latency_ms=float(total.get_response_time_percentile(self._goal.percentile / 100) or 0),
        )
        self.steps.append(step)
        for error in self._statistics.errors.values():
            self.last_failure = str(error.error)
        self._tell(step)
        self._users = next_users(self.steps, self._goal, self._most_users)
