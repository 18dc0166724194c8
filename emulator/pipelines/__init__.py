"""SageMaker Pipelines: definitions that are read, executions that walk them and run their steps."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Pipelines",
        real="definitions in the request and in S3, versions with aliases, parameters read as their types;"
        " executions: dependencies with triggers, branches, parallelism, property files, loops, retry policies,"
        " caching, selective execution, stop, retry, events; Training, Processing, Transform, Tuning, Model,"
        " RegisterModel, EndpointConfig, Endpoint, InferenceComponent, Condition, Fail, Lambda, Callback, ForEach,"
        " Cleanup and AutoML steps",
        recorded="roles, MLflow configurations, experiments (with a trial for each execution, without components)",
        refused="QualityCheck, ClarifyCheck, EMR, EMRServerless, Lineage and Job steps: they fail with the reason",
    ),
)
