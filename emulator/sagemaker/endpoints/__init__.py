"""Endpoints: planned, deployed, shifted to."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Endpoints",
        real="one process per variant for images built here; start-up check, weights, target variant, ModelError,"
        " restart after a death, update without a gap, rollback of a failed update; serverless concurrency and"
        " payload limits; shadow variants (copies of requests, whose answers are captured and dropped);"
        " `RetainAllVariantProperties` and its exclusions; what the catalogue of AWS's rules refuses",
        recorded="instance types; instance counts (a variant is one process whatever its count, which divides"
        " per-instance metrics); provisioned concurrency (a number that scaling moves and by which utilization"
        " is divided); KMS keys",
        refused="AWS-owned images",
    ),
    Coverage(
        "Multi-model endpoints",
        real="models from S3 when they are first requested, unloaded when the container answers 507 or caching is"
        " disabled, kept in memory after the object is deleted; metrics of loading",
        recorded="instances: one process holds all models; a container loads one model at a time",
    ),
    Coverage(
        "Deployment guardrails",
        real="all at once, canary, linear and rolling shifts of traffic with bake times, termination wait and alarms"
        " that roll back; CloudFormation then fails the update. Rolling batches shift traffic as linear steps"
        " do",
        recorded="`MaximumExecutionTimeoutInSeconds`, `RollbackMaximumBatchSize`",
    ),
)
