"""Autopilot jobs that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.aws_clients import ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.training import (
    AutoMLDefinition,
    AutoMLInput,
    ForecastProblem,
    TabularProblem,
    TextProblem,
)

_TEXTS = {"ContentColumn": "text", "TargetLabelColumn": "label"}
_BINARY = {"TargetAttributeName": "label", "ProblemType": "BinaryClassification"}


def _job(problem: Request, metric: str | None = None) -> Request:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows/"}}
    return {
        "AutoMLJobName": "judged",
        "AutoMLJobInputDataConfig": [{"ChannelType": "training", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "AutoMLProblemTypeConfig": problem,
        "RoleArn": ROLE,
        **({"AutoMLJobObjective": {"MetricName": metric}} if metric else {}),
    }


def _texts(candidates: int) -> Request:
    return {"TextClassificationJobConfig": {**_TEXTS, "CompletionCriteria": {"MaxCandidates": candidates}}}


def _search(stack: Stack, problem: Any, **given: Any) -> AutoMLDefinition:
    bucket = EncryptedBucket(stack, "Rows")
    return AutoMLDefinition(
        stack, "Search", problem=problem, data=AutoMLInput(bucket, "rows"), output=bucket, **given
    )


CASES = {
    "only-tables-are-tried-by-many-candidates": RuleCase(
        refused=_job(_texts(2)),
        taken=_job(_texts(1)),
        synth=lambda stack: _search(stack, TextProblem("text", "label"), max_candidates=2),
    ),
    "a-metric-fits-its-type-of-problem": RuleCase(
        refused=_job({"TabularJobConfig": _BINARY}, "R2"),
        taken=_job({"TabularJobConfig": _BINARY}, "AUC"),
        synth=lambda stack: _search(
            stack, ForecastProblem("sold", "day", "item", frequency="1D", horizon=7, metric="AUC")
        ),
    ),
    "tables-have-both-a-type-and-a-metric-or-neither": RuleCase(
        refused=_job({"TabularJobConfig": {"TargetAttributeName": "label"}}, "AUC"),
        taken=_job({"TabularJobConfig": {"TargetAttributeName": "label"}}),
        synth=lambda stack: _search(stack, TabularProblem("label", metric="AUC")),
    ),
}
