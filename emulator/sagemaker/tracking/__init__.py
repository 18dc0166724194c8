"""MLflow apps and tracking servers: a real MLflow behind each ARN, from the first request on."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "MLflow apps and tracking servers",
        real="an MLflow server behind each ARN, started by the first request to it and kept until it is stopped or"
        " deleted, with its runs in SQLite and its artifacts in S3; addresses of its page; clients and training jobs"
        " reach it by the ARN, with `SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT` set to the emulator's address. It takes"
        " `make mlflow`",
        recorded="sizes, versions, maintenance windows, roles, registration of models as model packages",
        refused="requests to it before `make mlflow`, with that reason",
    ),
)
