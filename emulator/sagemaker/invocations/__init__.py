"""Invocations: to which container, its answer, streams, queues."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Response streams",
        real="the container's chunks as they come; an answer that is interrupted ends with `ModelStreamError`",
    ),
    Coverage(
        "Asynchronous endpoints",
        real="queue, S3 input and output, failure objects, SNS messages, limits per instance, expiry, backlog"
        " metrics, waiting at zero instances",
        recorded="`IncludeInferenceResponseIn`, because AWS documents no form for such a message; without"
        " `MaxConcurrentInvocationsPerInstance` four run at a time; waiting requests are lost when the emulator"
        " ends",
    ),
)
