"""`training_set`: the answer of a query over feature groups, as rows that a training reads."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.clients import aws_client
from jobs.errors import JobError
from jobs.processing_job import ProcessingJob
from jobs.scripts.evaluation import EvaluatedModel

_LEAST_SECONDS, _MOST_SECONDS = 0.5, 10.0
_CHUNK = 1024 * 1024


def declare(options: argparse.ArgumentParser) -> None:
    """The saved query, and the feature groups that stand in it as `feature_group_0` and so on."""
    options.add_argument("--query", required=True)
    options.add_argument("--group", action="append", default=[])


def run(job: ProcessingJob, options: argparse.Namespace, load_model: Callable[[Path], EvaluatedModel]) -> str:
    """Write the answer to `rows.csv` of the output `rows`. Raises JobError with the reason of a query that failed."""
    del load_model
    saved: Any = aws_client("athena").get_named_query(NamedQueryId=options.query)["NamedQuery"]
    sql: str = saved["QueryString"]
    for index, group in enumerate(options.group):
        sql = sql.replace(f'"feature_group_{index}"', _table(group))
    result = _answered(sql, saved["Database"], saved["WorkGroup"])
    bucket, _, key = result.removeprefix("s3://").partition("/")
    path = job.output("rows") / "rows.csv"
    body: Any = aws_client("s3").get_object(Bucket=bucket, Key=key)["Body"]
    with path.open("wb") as rows:
        while part := body.read(_CHUNK):
            rows.write(part)
    with path.open("rb") as rows:
        count = sum(1 for _ in rows) - 1
    return f"{count} rows of what was known at their times, from {len(options.group)} feature groups"


def _table(group: str) -> str:
    described: Any = aws_client("sagemaker").describe_feature_group(FeatureGroupName=group)
    catalog = described.get("OfflineStoreConfig", {}).get("DataCatalogConfig")
    if not catalog:
        raise JobError(f"the feature group {group} has no table")
    return f'"{catalog["Database"]}"."{catalog["TableName"]}"'


def _answered(sql: str, database: str, workgroup: str) -> str:
    """Where the answer is, once the query has ended."""
    athena: Any = aws_client("athena")
    started = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=workgroup
    )["QueryExecutionId"]
    pause = _LEAST_SECONDS
    while True:
        execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        status = execution["Status"]
        if status["State"] == "SUCCEEDED":
            return str(execution["ResultConfiguration"]["OutputLocation"])
        if status["State"] not in ("QUEUED", "RUNNING"):
            raise JobError(f"query {started} ended as {status['State']}: {status.get('StateChangeReason', '')}")
        time.sleep(pause)
        pause = min(2 * pause, _MOST_SECONDS)
