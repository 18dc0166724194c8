"""Application Auto Scaling: its API, and what its policies and schedules do."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Application Auto Scaling",
        real="targets, policies and their checks; instance counts and provisioned concurrency of variants and copies"
        " of inference components follow target tracking (SageMaker's predefined metrics, or one CloudWatch"
        " metric) and step policies of alarms, with cooldowns, bounds and suspension; scheduled actions by the"
        " clock; activities",
        recorded="metric math, other dimensions; high-resolution metrics are evaluated by the minute; target tracking"
        " shows no alarms of its own",
    ),
)
