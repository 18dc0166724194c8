"""Features: rows in through the queue, one read online, and all of them in the table."""

import csv
import io
import json
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows
from demo.failure import DemoFailure

_ROWS = 120
_IN_A_CALL = 10
_MEASURED = "2026-11-29T06:00:00Z"


def ask_for_features(deployed: Deployment) -> Answered:
    """Rows of the data set about breast cancer are sent as events; the group has them online and in S3."""
    name, queue = deployed.outputs["FeatureGroupName"], deployed.outputs["FeatureQueueUrl"]
    described = deployed.client("sagemaker").describe_feature_group(FeatureGroupName=name)
    features = [each["FeatureName"] for each in described["FeatureDefinitions"]]
    rows = [_record(index, row, features) for index, row in enumerate(_rows())]
    sqs = deployed.client("sqs")
    for start in range(0, len(rows), _IN_A_CALL):
        part = rows[start : start + _IN_A_CALL]
        entries = [{"Id": str(place), "MessageBody": json.dumps(row)} for place, row in enumerate(part)]
        failed = sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")
        if failed:
            raise DemoFailure(f"the queue took not all rows: {failed}")
    newest = deployed.wait_for(f"the last row in {name}", lambda: _online(deployed, name, rows[-1]["patient"]))
    table: str = described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    count = deployed.wait_for(f"{_ROWS} rows in {table}", lambda: _offline(deployed, table))
    told = f"{rows[-1]['patient']} read online: {newest['diagnosis']}, mean radius {newest['mean_radius']}"
    return Answered(
        kind="features",
        endpoint=name,
        asked=f"{_ROWS} rows sent to its queue",
        answered=f"{told}; Athena counts {count} rows",
    )


def _rows() -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(cancer_rows().decode()))
    return [{name.replace(" ", "_"): value for name, value in row.items()} for row in rows][:_ROWS]


def _record(index: int, row: dict[str, str], features: list[str]) -> dict[str, Any]:
    known = {**row, "patient": f"patient-{index}", "measured_at": _MEASURED}
    return {name: known[name] for name in features if name in known}


def _online(deployed: Deployment, name: str, patient: str) -> dict[str, str] | None:
    runtime = deployed.client("sagemaker-featurestore-runtime")
    found = runtime.get_record(FeatureGroupName=name, RecordIdentifierValueAsString=patient).get("Record")
    return {each["FeatureName"]: each["ValueAsString"] for each in found} if found else None


def _offline(deployed: Deployment, table: str) -> int | None:
    """How many rows the table has, once it has all of them."""
    athena = deployed.client("athena")
    query = athena.start_query_execution(
        QueryString=f'SELECT count(*) FROM "sagemaker_featurestore"."{table}"',
        ResultConfiguration={"OutputLocation": f"s3://{deployed.data_bucket}/queries/"},
    )["QueryExecutionId"]

    def ended() -> Any:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return None if execution["Status"]["State"] in ("QUEUED", "RUNNING") else execution["Status"]

    status = deployed.wait_for(f"the answer of query {query}", ended)
    if status["State"] != "SUCCEEDED":
        raise DemoFailure(f"The query of {table} ended as {status['State']}: {status.get('StateChangeReason')}")
    [_, row] = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    found = int(row["Data"][0]["VarCharValue"])
    return found if found >= _ROWS else None


QUESTIONS = (Question("features", "features", ask_for_features, needs="FeatureQueueUrl"),)
