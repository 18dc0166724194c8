"""The warehouse: rows are loaded, summed up and unloaded."""

import csv
import io
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows
from demo.failure import DemoFailure

_ENDED = ("FINISHED", "FAILED", "ABORTED")
_SUMS = "SELECT diagnosis, count(*) AS patients, avg(mean_radius) AS radius FROM patients GROUP BY 1 ORDER BY 1"


def load_and_unload(deployed: Deployment) -> Answered:
    """Rows of a CSV file become a table; its sums become a file, which is read again."""
    name, bucket = deployed.outputs["WarehouseName"], deployed.data_bucket
    rows = list(csv.DictReader(io.StringIO(cancer_rows().decode())))
    lines = "".join(f"{row['diagnosis']},{row['mean radius']}\n" for row in rows)
    deployed.client("s3").put_object(Bucket=bucket, Key="warehouse/in/patients.csv", Body=lines.encode())
    _run(deployed, "DROP TABLE IF EXISTS patients")
    _run(deployed, "CREATE TABLE patients (diagnosis VARCHAR(16), mean_radius DOUBLE PRECISION)")
    _run(deployed, f"COPY patients FROM 's3://{bucket}/warehouse/in/' IAM_ROLE default FORMAT AS CSV")
    target = f"s3://{bucket}/warehouse/out/sums/"
    _run(deployed, f"UNLOAD ($$ {_SUMS} $$) TO '{target}' IAM_ROLE default FORMAT AS CSV CLEANPATH")
    unloaded = _unloaded(deployed, "warehouse/out/sums/")
    if sum(int(patients) for _, patients, _ in unloaded) != len(rows):
        raise DemoFailure(f"{len(rows)} rows were loaded into {name}, and it unloaded {unloaded}")
    told = "; ".join(
        f"{patients} {diagnosis}, radius {float(radius):.1f}" for diagnosis, patients, radius in unloaded
    )
    return Answered(
        kind="warehouse", endpoint=name, asked=f"the sums of {len(rows)} rows, by COPY and UNLOAD", answered=told
    )


def _run(deployed: Deployment, sql: str) -> None:
    data = deployed.client("redshift-data")
    started = data.execute_statement(
        Sql=sql, WorkgroupName=deployed.outputs["WarehouseName"], Database=deployed.outputs["WarehouseDatabase"]
    )

    def ended() -> Any:
        found = data.describe_statement(Id=started["Id"])
        return found if found["Status"] in _ENDED else None

    last = deployed.wait_for(f"the end of {sql}", ended)
    if last["Status"] != "FINISHED":
        raise DemoFailure(f"{sql} ended as {last['Status']}: {last.get('Error')}")


def _unloaded(deployed: Deployment, prefix: str) -> list[list[str]]:
    s3 = deployed.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=deployed.data_bucket, Prefix=prefix)["Contents"]]
    bodies = [deployed.read(f"s3://{deployed.data_bucket}/{key}") or b"" for key in keys]
    return sorted(row for body in bodies for row in csv.reader(io.StringIO(body.decode())))


QUESTIONS = (Question("warehouse", "warehouse", load_and_unload, needs="WarehouseName"),)
