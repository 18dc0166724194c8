"""Jobs: one life for all kinds, and a room for each kind that runs."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Other jobs (compilation, inference recommendations, …)",
        real="validation",
        refused="the job: `Failed`, with the reason",
    ),
    Coverage(
        "EventBridge",
        real='"SageMaker Training Job State Change", the same of Processing Jobs and of Transform Jobs, with the'
        ' description of the job; "SageMaker Ground Truth Labeling Job State Change" at the end of a job',
        refused="events of other kinds",
    ),
)
