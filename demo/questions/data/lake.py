"""The lake: a table of a known schema, one that a crawler finds, and a training set of what was known."""

import uuid
from collections.abc import Sequence
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows
from demo.failure import DemoFailure
from demo.questions.data import quality, wrangling
from sagemaker_constructs.features.point_in_time import FeatureHistory, PointInTimeQuery

_ROWS = 120
_DAYS = ("2026-01-05", "2026-01-06")
# The features are of the morning of the 29th.
_BEFORE, _AFTER = "2026-11-28T09:00:00Z", "2026-11-30T09:00:00Z"


def ask_the_lake(deployed: Deployment) -> Answered:
    """Diagnoses are queried by day; visits are found by the crawler, and get the features of their time."""
    diagnoses = [line.split(",", 1)[0] for line in cancer_rows().decode().splitlines()[1 : _ROWS + 1]]
    half = len(diagnoses) // 2
    for day, part in zip(_DAYS, (diagnoses[:half], diagnoses[half:]), strict=True):
        rows = [f"patient-{index},{diagnosis}" for index, diagnosis in enumerate(part)]
        _put(deployed, f"lake/diagnoses/day={day}/rows.csv", ["patient,diagnosis", *rows])
    visits = [f"patient-{index},{time}" for time in (_BEFORE, _AFTER) for index in range(_ROWS)]
    _put(deployed, "incoming/visits/visits.csv", ["patient,asked_at", *visits])
    _crawl(deployed)
    [saved] = _saved_queries(deployed)
    found = _rows(deployed, saved)
    told = "; ".join(f"{day}: {malignant} of {patients} malignant" for day, malignant, patients in found)
    described = deployed.account.outputs_of("features").get("FeatureGroupName")
    if described:
        told += f"; {_training_set(deployed, described)}"
    return Answered(
        kind="lake",
        endpoint=deployed.outputs["WorkgroupName"],
        asked=f"{len(diagnoses)} rows by day, {len(visits)} visits found by a crawler",
        answered=told,
    )


def _put(deployed: Deployment, key: str, lines: Sequence[str]) -> None:
    body = "".join(f"{line}\n" for line in lines).encode()
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=body)


def _crawl(deployed: Deployment) -> None:
    glue, name = deployed.client("glue"), deployed.outputs["CrawlerName"]
    glue.start_crawler(Name=name)

    def ended() -> Any:
        crawler = glue.get_crawler(Name=name)["Crawler"]
        return crawler["LastCrawl"] if crawler["State"] == "READY" else None

    last = deployed.wait_for(f"the end of {name}", ended)
    if last["Status"] != "SUCCEEDED":
        raise DemoFailure(f"{name} ended as {last['Status']}: {last.get('ErrorMessage')}")


def _saved_queries(deployed: Deployment) -> list[str]:
    athena = deployed.client("athena")
    ids = athena.list_named_queries(WorkGroup=deployed.outputs["WorkgroupName"])["NamedQueryIds"]
    return [athena.get_named_query(NamedQueryId=each)["NamedQuery"]["QueryString"] for each in ids]


def _training_set(deployed: Deployment, group: str) -> str:
    """Every visit with the features that were measured before it."""
    described = deployed.client("sagemaker").describe_feature_group(FeatureGroupName=group)
    catalog = described["OfflineStoreConfig"]["DataCatalogConfig"]
    query = PointInTimeQuery(
        spine=f"{deployed.outputs['LakeDatabaseName']}.visits",
        event_time="asked_at",
        histories=[
            FeatureHistory(
                f"{catalog['Database']}.{catalog['TableName']}",
                described["RecordIdentifierFeatureName"],
                described["EventTimeFeatureName"],
                ["mean_radius"],
            )
        ],
    )

    def known() -> int | None:
        """How many visits have a value, once all do that were after the measurement."""
        [[count]] = _rows(deployed, f"SELECT count(mean_radius) FROM ({query.sql()})")
        return int(count) if int(count) >= _ROWS else None

    count = deployed.wait_for(f"the features of {_ROWS} visits", known)
    target = f"training-sets/{uuid.uuid4().hex}/"
    _rows(deployed, f"UNLOAD ({query.sql()}) TO 's3://{deployed.data_bucket}/{target}' WITH (format = 'PARQUET')")
    listed = deployed.client("s3").list_objects_v2(Bucket=deployed.data_bucket, Prefix=target).get("Contents", [])
    size = sum(each["Size"] for each in listed)
    if not size:
        raise DemoFailure(f"the training set is not below {target}")
    return f"a training set in Parquet, {count} of its {2 * _ROWS} visits with the features of their time"


def _rows(deployed: Deployment, sql: str) -> list[tuple[str, ...]]:
    """What a query answers."""
    athena = deployed.client("athena")
    query = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": deployed.outputs["LakeDatabaseName"]},
        WorkGroup=deployed.outputs["WorkgroupName"],
    )["QueryExecutionId"]

    def ended() -> Any:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return None if status["State"] in ("QUEUED", "RUNNING") else status

    status = deployed.wait_for(f"the answer of query {query}", ended)
    if status["State"] != "SUCCEEDED":
        raise DemoFailure(f"A query ended as {status['State']}: {status.get('StateChangeReason')}")
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    # The first one holds the names.
    return [tuple(each.get("VarCharValue", "") for each in row["Data"]) for row in rows[1:]]


QUESTIONS = (
    Question("lake", "lake", ask_the_lake, needs="CrawlerName"),
    *wrangling.QUESTIONS,
    *quality.QUESTIONS,
)
