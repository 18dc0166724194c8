"""What invocations leave behind: captured data, metrics, logs."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Data capture",
        real="JSON lines in S3 half a second later: sampling, input, output, content types",
        recorded="KMS key",
    ),
    Coverage(
        "CloudWatch Logs",
        real="what containers of endpoints and components write while in service, half a second later, in"
        " SageMaker's groups (one stream for each container, as there are no instances)",
        recorded="retention: nothing expires",
        refused="logs of jobs and of containers that never became healthy: they are files in the state directory",
    ),
)
