"""Schedules of Model Monitor: their executions by the emulator's clock, each a processing job."""

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Monitoring schedules",
        real="executions by the emulator's clock (an hour of a schedule lasts a minute) and at once (`NOW`), each a"
        " processing job of an image built here, with the variables that AWS documents: captured requests of the"
        " window, baseline, truth merged by inference id and event id, offsets; `Completed`,"
        " `CompletedWithViolations`, `Failed` with the reason, also where nothing was captured; metrics in"
        " CloudWatch; what AWS refuses of schedules and definitions",
        recorded="instance types, VPC, KMS keys; delays of up to 20 minutes; alerts of the model dashboard",
        refused="AWS-owned images (the execution fails, and names `DriftMonitor`), transform jobs as input",
    ),
)
