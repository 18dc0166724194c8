"""Amazon CloudWatch: metrics and alarms."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "CloudWatch",
        real="metrics of invocations and of concurrency (`AWS/SageMaker`), memory of inference components; metric"
        " alarms by their dimensions,"
        " periods and treatment of missing data, in templates also on MAX, MIN, SUM or AVG of several metrics;"
        " composite alarms; an event for each change of an alarm's state",
        recorded="utilization of processors and of other memory; alarms on other metric math and on anomaly"
        " detection",
    ),
)
